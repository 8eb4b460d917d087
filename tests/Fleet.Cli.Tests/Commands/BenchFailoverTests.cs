using System.Text.Json;
using Fleet.Testing;

namespace Fleet.Cli.Tests.Commands;

/// <summary>
/// Three controllers, PostgreSQL, proxy, agents and servers as processes in network namespaces of their own: the owner of the pool is killed,
/// stopped and cut off while its tuner is in some phase. The whole matrix, and how long it takes, is docs/benchmarks/failover.md.
/// </summary>
public sealed class BenchFailoverTests
{
    [Fact]
    public async Task No_stale_command_is_accepted_no_request_fails_and_probes_end()
    {
        foreach (string tool in new[] { "memcached", "ip", "setpriv" })
        {
            Assert.SkipUnless(Tool.Find(tool) is not null, $"{tool} is not installed: eng/install-tools.sh");
        }

        Assert.SkipUnless(PostgresServer.Missing is null, PostgresServer.Missing ?? "");
        Assert.SkipUnless(Environment.UserName == "root", "network namespaces need root");
        await using FleetProcess bench = FleetProcess.Fleet(
            "bench", "failover", "--json", "--pause", "9", "--pairs", "measure:kill,apply:stop,settle:cut",
            "--postgres-script", Path.Combine(RepositoryRoot.Path, "deploy/postgres/start-private.sh"));
        await bench.ExitAsync(600);
        using JsonDocument report = JsonDocument.Parse(bench.Output.Length > 0 ? bench.Output : throw new InvalidOperationException(bench.Error));
        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray()];
        rows.Select(r => r.GetProperty("strike").GetString()).ShouldBe(["kill", "stop", "cut"]);
        foreach (JsonElement row in rows)
        {
            string seen = row.ToString();
            row.GetProperty("newEpoch").GetInt64().ShouldBeGreaterThan(row.GetProperty("oldEpoch").GetInt64(), seen);
            row.GetProperty("staleCommands").GetInt32().ShouldBe(0, seen);
            row.GetProperty("requests").GetInt64().ShouldBeGreaterThan(0, seen);
            row.GetProperty("failedRequests").GetInt64().ShouldBe(0, seen);
            row.GetProperty("settledAfterSeconds").GetDouble().ShouldBeLessThanOrEqualTo(30, seen);
        }

        rows.Sum(r => r.GetProperty("exploring").GetInt32()).ShouldBeGreaterThan(0, "some of the strikes hit a probe");
    }

    [Fact]
    public async Task Bad_options_are_told_together()
    {
        (int exitCode, _, string error) = await FleetProcess.RunAsync(
            "bench", "failover", "--phases", "mesure", "--strikes", "kil", "--pause", "0", "--postgres-script", "absent.sh");
        exitCode.ShouldBe(2);
        error.ShouldContain("did you mean measure?");
        error.ShouldContain("did you mean kill?");
        error.ShouldContain("--pause 0: expected 1 to 600");
        error.ShouldContain("absent.sh: no such file");
    }
}
