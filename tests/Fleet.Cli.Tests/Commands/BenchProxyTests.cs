using System.Text.Json;
using Fleet.Testing;

namespace Fleet.Cli.Tests.Commands;

public sealed class BenchProxyTests
{
    [Fact]
    public async Task Every_workload_is_answered_rightly_by_every_target()
    {
        Require("memcached", "nutcracker", "haproxy", "taskset", "setpriv");

        (int exitCode, string output, string error) = await FleetProcess.RunAsync(
            "bench", "proxy", "--json", "--seconds", "0.2", "--repetitions", "1", "--paced-seconds", "0", "--points", "3x1,4x8");
        exitCode.ShouldBe(0, error);
        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement[] rows = [.. report.RootElement.GetProperty("rows").EnumerateArray()];
        rows.Length.ShouldBe(5 * 2 * 4);
        foreach (JsonElement row in rows)
        {
            bool direct = row.GetProperty("target").GetString() == "direct";
            row.GetProperty("requestsPerSecond").GetDouble().ShouldBeGreaterThan(0);
            row.GetProperty("p99Us").GetDouble().ShouldBeGreaterThanOrEqualTo(row.GetProperty("p50Us").GetDouble());
            row.GetProperty("requestsPerCpuSecond").ValueKind.ShouldBe(direct ? JsonValueKind.Null : JsonValueKind.Number);
            row.GetProperty("ratioToNutcracker").ValueKind.ShouldBe(direct ? JsonValueKind.Null : JsonValueKind.Number);
        }
    }

    [Fact]
    public async Task Slow_clients_are_told_beside_the_latency_of_the_others()
    {
        Require("memcached", "taskset", "setpriv");

        (int exitCode, string output, string error) = await FleetProcess.RunAsync(
            "bench", "proxy", "--json", "--targets", "fleet", "--workloads", "get", "--points", "3x1", "--seconds", "0.2", "--repetitions", "1",
            "--paced-seconds", "0.2", "--slow-clients", "2");
        exitCode.ShouldBe(0, error);
        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement row = report.RootElement.GetProperty("rows").EnumerateArray().Single();
        row.GetProperty("slowClients").GetInt32().ShouldBe(2);
        row.GetProperty("pacedP99Us").GetDouble().ShouldBeGreaterThan(0);
        row.GetProperty("pacedP99BesideSlowUs").GetDouble().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_server_that_stops_is_told_beside_the_latency_of_the_others()
    {
        Require("memcached", "taskset", "setpriv");

        (int exitCode, string output, string error) = await FleetProcess.RunAsync(
            "bench", "proxy", "--json", "--targets", "fleet", "--workloads", "get,set10", "--points", "3x1", "--seconds", "0.2",
            "--repetitions", "1", "--paced-seconds", "0.2", "--slow-server");
        exitCode.ShouldBe(0, error);
        using JsonDocument report = JsonDocument.Parse(output);
        report.RootElement.GetProperty("idleStates").GetBoolean().ShouldBeTrue();
        foreach (JsonElement row in report.RootElement.GetProperty("rows").EnumerateArray())
        {
            row.GetProperty("pacedP99Us").GetDouble().ShouldBeGreaterThan(0);
            row.GetProperty("pacedP99BesideStoppedServerUs").GetDouble().ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public async Task A_proxy_with_a_share_of_its_core_takes_no_more()
    {
        Require("memcached", "taskset", "setpriv");

        bool controlled = File.Exists("/sys/fs/cgroup/cpu/cgroup.procs") || File.Exists("/sys/fs/cgroup/cgroup.subtree_control");
        Assert.SkipUnless(
            controlled && Environment.IsPrivilegedProcess, "CPU time is limited by control groups, which need root and their file system");
        (int exitCode, string output, string error) = await FleetProcess.RunAsync(
            "bench", "proxy", "--json", "--targets", "fleet", "--workloads", "get", "--points", "20x16", "--seconds", "1", "--repetitions", "1",
            "--paced-seconds", "0", "--proxy-share", "0.5");
        exitCode.ShouldBe(0, error);
        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement row = report.RootElement.GetProperty("rows").EnumerateArray().Single();

        // A second holds whole periods only by chance: one of 0.1 s more or less.
        row.GetProperty("cpuShare").GetDouble().ShouldBeLessThan(0.65);
    }

    [Fact]
    public async Task Bad_options_are_told_together()
    {
        (int exitCode, _, string error) = await FleetProcess.RunAsync(
            "bench", "proxy", "--seconds", "0", "--points", "50,0x1", "--targets", "haprxy", "--workloads", "gett,multiget100", "--slow-clients",
            "-1", "--slow-server", "--proxy-share", "2", "--warm-up-seconds", "0");
        exitCode.ShouldBe(2);
        error.ShouldContain("--seconds 0: expected 0.1 to 600");
        error.ShouldContain("--slow-clients -1: expected 0 to 1000");
        error.ShouldContain("--points 50: expected");
        error.ShouldContain("--points 0x1: expected");
        error.ShouldContain("did you mean haproxy?");
        error.ShouldContain("--workloads gett: unknown");
        error.ShouldContain("--warm-up-seconds 0: expected 0.1 to 600");
        error.ShouldContain("--proxy-share 2: expected 0.05 to 1");
        error.ShouldContain("--slow-server with --workloads multiget100: its gets ask all servers");
    }

    private static void Require(params string[] tools)
    {
        foreach (string tool in tools)
        {
            Assert.SkipUnless(Tool.Find(tool) is not null, $"{tool} is not installed: eng/install-tools.sh bench");
        }
    }
}
