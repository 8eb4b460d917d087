using System.Reflection;
using Fleet.Testing;

namespace Fleet.Tidy.Tests;

/// <summary>
/// Controllers, proxies and agents of different versions talk to each other: what the protos once promised stays. The promise is the
/// baseline beside them; with FLEET_UPDATE_BASELINE=1 in the environment this test writes additions into it.
/// </summary>
public class ProtoCompatibilityTests
{
    private const string UpdateVariable = "FLEET_UPDATE_BASELINE";

    private static readonly string Protos = Path.Combine(RepositoryRoot.Path, "protos");
    private static readonly string Baseline = Path.Combine(Protos, "fleet", "v1", "baseline.txt");
    private static readonly Assembly Contracts = typeof(V1.PoolSpec).Assembly;

    [Fact]
    public void Every_proto_is_compared() => ProtoSurface.FilesOf(Contracts).Select(file => file.Name).ShouldBe(
        Directory.EnumerateFiles(Protos, "*.proto", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Protos, path)).Order(StringComparer.Ordinal));

    [Fact]
    public void Nothing_that_was_promised_changes()
    {
        IReadOnlyList<string> now = ProtoSurface.Describe(ProtoSurface.FilesOf(Contracts));
        string[] promised = File.Exists(Baseline) ? File.ReadAllLines(Baseline) : [];
        Lost(promised, now).ShouldBeEmpty(
            "these lines of protos/fleet/v1/baseline.txt are no longer true; give a changed field a new number and keep the old one, or, "
            + "when no released version uses them, delete the lines by hand");
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllLines(Baseline, now);
            return;
        }

        Lost(now, promised).ShouldBeEmpty(
            $"new parts of the protos are not in protos/fleet/v1/baseline.txt; run this test with {UpdateVariable}=1 and commit the file");
    }

    [Theory]
    [InlineData("field fleet.v1.Sla 1 percentile singular double", "field fleet.v1.Sla 3 percentile singular double")]
    [InlineData("field fleet.v1.Sla 1 percentile singular double", "field fleet.v1.Sla 1 percentile singular float")]
    [InlineData("field fleet.v1.Sla 1 percentile singular double", "field fleet.v1.Sla 1 percent singular double")]
    [InlineData("field fleet.v1.Sla 1 percentile singular double", "field fleet.v1.Sla 1 percentile repeated double")]
    [InlineData("enum fleet.v1.Mode 4 MODE_ACTIVE", "enum fleet.v1.Mode 5 MODE_ACTIVE")]
    [InlineData(
        "method fleet.v1.AdminService Watch fleet.v1.WatchRequest returns stream fleet.v1.FleetSnapshot",
        "method fleet.v1.AdminService Watch fleet.v1.WatchRequest returns fleet.v1.FleetSnapshot")]
    public void Changes_of_real_lines_are_found(string real, string changed)
    {
        IReadOnlyList<string> now = ProtoSurface.Describe(ProtoSurface.FilesOf(Contracts));
        now.ShouldContain(real);
        string[] other = [.. now.Select(line => line == real ? changed : line)];
        Lost(now, other).ShouldBe([real]);
    }

    private static string[] Lost(IEnumerable<string> before, IEnumerable<string> after) =>
        [.. before.Except(after, StringComparer.Ordinal)];
}
