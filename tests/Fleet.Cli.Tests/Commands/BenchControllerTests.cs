using System.Text.Json;

namespace Fleet.Cli.Tests.Commands;

public sealed class BenchControllerTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("memory")]
    public async Task A_small_fleet_is_measured_and_every_slice_is_acted_upon(string transport)
    {
        (int exitCode, string output, string error) = await FleetProcess.RunAsync(
            "bench", "controller", "--json", "--nodes", "20", "--pools", "2", "--seconds", "3", "--warm-up", "5", "--transport", transport);
        exitCode.ShouldBe(0, error);
        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement row = report.RootElement.GetProperty("rows").EnumerateArray().Single();
        row.GetProperty("nodes").GetInt32().ShouldBe(20);
        row.GetProperty("pools").GetInt32().ShouldBe(2);
        row.GetProperty("transport").GetString().ShouldBe(transport);
        row.GetProperty("slices").GetInt64().ShouldBeGreaterThan(0);
        foreach (string figure in new[] { "cpuCores", "residentMiB", "lagP99Ms" })
        {
            row.GetProperty(figure).GetDouble().ShouldBeGreaterThan(0, figure);
        }
    }

    [Fact]
    public async Task Bad_options_are_told_together()
    {
        (int exitCode, _, string error) = await FleetProcess.RunAsync(
            "bench", "controller", "--nodes", "0,x", "--pools", "-1", "--seconds", "0", "--warm-up", "0", "--transport", "grcp");
        exitCode.ShouldBe(2);
        error.ShouldContain("--nodes 0: expected 1 to 100000");
        error.ShouldContain("--nodes x: expected");
        error.ShouldContain("--pools -1: expected 0 to 1000");
        error.ShouldContain("--seconds 0: expected 1 to 3600");
        error.ShouldContain("--warm-up 0: expected 1 to 3600");
        error.ShouldContain("did you mean grpc?");
    }
}
