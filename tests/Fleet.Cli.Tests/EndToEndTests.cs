using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Fleet.Testing;

namespace Fleet.Cli.Tests;

/// <summary>Real memcached, real proxy, real controller, real load, all as processes.</summary>
public sealed class EndToEndTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Controller => $"unix:{_folder.File("controller.sock")}";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task No_request_fails_when_a_node_leaves_and_when_the_controller_dies_and_comes_back()
    {
        if (!File.Exists("/usr/bin/memcached"))
        {
            Assert.Skip("memcached is not installed; eng/install-tools.sh installs it");
        }

        int[] ports = FreePorts(3);
        await using FleetProcess one = Memcached(ports[0]);
        await using FleetProcess two = Memcached(ports[1]);
        string control = $"unix:{_folder.File("proxy.sock")}";
        await using FleetProcess proxy = FleetProcess.Fleet("proxy", "--control", control, "--state", _folder.File("proxy.json"));
        await using FleetProcess first = StartController();
        await first.SaysAsync("controller: listening");
        await proxy.SaysAsync("control listens");

        string front = $"127.0.0.1:{ports[2]}";
        await FleetAsync("proxies", "add", "p1", control);
        await FleetAsync("pool", "create", "web", "--listen", front, "--sla-us", "500");
        await FleetAsync("node", "add", "web", "n1", "--address", $"127.0.0.1:{ports[0]}");
        await FleetAsync("node", "add", "web", "n2", "--address", $"127.0.0.1:{ports[1]}");
        await Eventually.TrueAsync(async () => await StateOfAsync("n1") == "active" && await StateOfAsync("n2") == "active", "both active");

        await using FleetProcess load = FleetProcess.Fleet(
            "load", "--target", front, "--qps", "500", "--duration", "15", "--keys", "500", "--connections", "4", "--json");
        await Eventually.TrueAsync(async () => await RateAsync() > 100, "traffic in the status");
        await FleetAsync("node", "remove", "web", "n1");
        await Eventually.TrueAsync(async () => await StateOfAsync("n1") is null, "n1 left");
        first.Kill();
        await first.ExitAsync();
        await using FleetProcess second = StartController();
        await second.SaysAsync("goes on from its stored state");
        await Eventually.TrueAsync(async () => await StateOfAsync("n2") == "active", "the pool goes on");

        (await load.ExitAsync()).ShouldBe(0, load.Error);
        using var result = JsonDocument.Parse(load.Output);
        result.RootElement.GetProperty("failed").GetInt64().ShouldBe(0, load.Output);
        result.RootElement.GetProperty("requests").GetInt64().ShouldBeGreaterThan(0);
    }

    private FleetProcess StartController() =>
        FleetProcess.Fleet("controller", "--listen", Controller, "--data", _folder.File("data"));

    private static FleetProcess Memcached(int port) => FleetProcess.Program(
        "/usr/bin/memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-t", "1");

    private async Task<string> FleetAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await FleetProcess.RunAsync([.. arguments, "--controller", Controller]);
        exitCode.ShouldBe(0, error);
        return output;
    }

    private async Task<JsonElement> StatusAsync() =>
        JsonDocument.Parse(await FleetAsync("status", "-o", "json")).RootElement;

    private async Task<string?> StateOfAsync(string node) => (await StatusAsync()).GetProperty("nodes").EnumerateArray()
        .Where(n => n.GetProperty("spec").GetProperty("nodeId").GetString() == node)
        .Select(n => n.GetProperty("status").GetProperty("membership").GetString()).FirstOrDefault();

    private async Task<double> RateAsync() => (await StatusAsync()).GetProperty("pools").EnumerateArray()
        .Sum(p => p.GetProperty("status").GetProperty("requestsPerSecond").GetDouble());

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(listeners, l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        Array.ForEach(listeners, l => l.Dispose());
        return ports;
    }
}
