using System.Text.Json;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

[assembly: AssemblyFixture(typeof(MiniFleet))]

namespace Fleet.Deploy.Tests.Support;

/// <summary>
/// A whole fleet as processes, shared by this assembly's tests: two memcached, an agent beside each on a device of its own, a proxy, a
/// controller, and a load. Skips with a reason where the host cannot.
/// </summary>
public sealed class MiniFleet : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<ServiceProcess> _processes = [];
    private readonly TestDevices _devices = new();
    private readonly List<PacketSource> _packets = [];
    private readonly int _firstDevice;
    private readonly bool _withLoad;
    private string[] _controllerArguments = [];
    private bool _ended;

    public MiniFleet()
        : this(firstDevice: 0, withLoad: true)
    {
    }

    internal MiniFleet(int firstDevice, bool withLoad) => (_firstDevice, _withLoad) = (firstDevice, withLoad);

    /// <summary>Why there is no fleet; null when there is one.</summary>
    public string? Reason { get; private set; }

    /// <summary>Addresses of /metrics by job: controller, proxy, agent.</summary>
    public IReadOnlyList<(string Job, string Address)> Scraped { get; private set; } = [];

    /// <summary>The operator's token of the page: a value that must never be shown.</summary>
    public const string Token = "canary-4f1c-do-not-show";

    /// <summary>The controller's page.</summary>
    public string Page { get; private set; } = "";

    /// <summary>Where clients connect.</summary>
    internal int FrontPort { get; private set; }

    internal ServiceProcess ControllerService { get; private set; } = null!;

    internal ServiceProcess ProxyService { get; private set; } = null!;

    internal List<ServiceProcess> Agents { get; } = [];

    /// <summary>Each device's knobs before its agent started.</summary>
    internal List<string> Originals { get; } = [];

    internal string Controller => $"unix:{_folder.File("controller.sock")}";

    public async ValueTask InitializeAsync()
    {
        Reason = !File.Exists("/usr/bin/memcached") ? Tool.Missing("memcached") : await _devices.AddAsync(_firstDevice, count: 2);
        if (Reason is not null)
        {
            return;
        }

        _packets.AddRange(_devices.Names.Select(d => new PacketSource(d + "p")));
        int[] ports = Ports.Free(9);
        string metrics(int i) => $"127.0.0.1:{ports[i]}";
        Scraped = [("controller", metrics(3)), ("proxy", metrics(4)), ("agent", metrics(5)), ("agent", metrics(6))];
        Page = $"http://{metrics(7)}";
        await File.WriteAllTextAsync(_folder.File("token"), Token + "\n");
        string proxy = $"unix:{_folder.File("proxy.sock")}";
        _controllerArguments =
        [
            "controller", "--listen", Controller, "--data", _folder.File("data"), "--metrics-listen", metrics(3),
            "--page-listen", metrics(7), "--page-token-file", _folder.File("token"),
            "--membership-hold-off", "0s", "--max-exploring-share", "1", "--measure-window", "500ms", "--settle-time", "100ms",
        ];
        ControllerService = Start(ServiceProcess.Fleet(_controllerArguments));

        // A busy machine can keep a server from its processor for longer than the default of a second; the load would fail then.
        ProxyService = Start(ServiceProcess.Fleet(
            "proxy", "--control", proxy, "--loops", "1", "--metrics-listen", metrics(4), "--request-timeout", "10s"));
        for (int i = 0; i < 2; i++)
        {
            Originals.Add(await KnobsAsync(i));
            ServiceProcess memcached = Start(ServiceProcess.Program(
                "/usr/bin/memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", $"{ports[i]}", "-t", "1"));
            Agents.Add(ServiceProcess.Fleet(
                "agent", "--listen", $"unix:{_folder.File($"agent{i}.sock")}", "--device", _devices.Names[i], "--name", $"n{i}",
                "--server-pid", $"{memcached.Id}", "--journal", _folder.File($"agent{i}.journal"), "--metrics-listen", metrics(5 + i)));
            Start(Agents[i]);
        }

        await Task.WhenAll(
            [ControllerService.SaysAsync("listening"), ProxyService.SaysAsync("control listens"), .. Agents.Select(a => a.SaysAsync("listens on"))]);
        FrontPort = ports[2];
        string front = $"127.0.0.1:{FrontPort}";
        await FleetAsync("proxies", "add", "edge", proxy);
        await FleetAsync("pool", "create", "web", "--listen", front, "--sla-us", "20000");
        for (int i = 0; i < 2; i++)
        {
            await FleetAsync(
                "node", "add", "web", $"n{i}", "--address", $"127.0.0.1:{ports[i]}", "--agent", $"unix:{_folder.File($"agent{i}.sock")}");
        }

        await Eventually.TrueAsync(
            async () => (await StatusAsync()).GetProperty("nodes").EnumerateArray()
                .Count(n => n.GetProperty("status").GetProperty("membership").GetString() == "active") == 2,
            "both nodes active");
        if (!_withLoad)
        {
            return;
        }

        Start(ServiceProcess.Fleet(
            "load", "--target", front, "--qps", "1500", "--duration", "600", "--keys", "300", "--connections", "4", "--json"));
    }

    public ValueTask DisposeAsync() => EndAsync();

    /// <summary>Ends it before its time: what is tested next wants the machine for itself.</summary>
    internal async ValueTask EndAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        // The newest first: the load, then the agents, which put their devices' values back.
        foreach (ServiceProcess process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }

        foreach (PacketSource packets in _packets)
        {
            await packets.DisposeAsync();
        }

        await _devices.DisposeAsync();
        _folder.Dispose();
    }

    internal async Task<JsonElement> PageDataAsync(string path)
    {
        using var client = new HttpClient();
        return JsonDocument.Parse(await client.GetStringAsync($"{Page}/api/{path}")).RootElement;
    }

    /// <summary>Starts the controller again, after its end.</summary>
    internal async Task StartControllerAsync()
    {
        ControllerService = Start(ServiceProcess.Fleet(_controllerArguments));
        await ControllerService.SaysAsync("listening");
    }

    /// <summary>What the kernel has for a device's knobs now.</summary>
    internal async Task<string> KnobsAsync(int index)
    {
        await using ServiceProcess describe = ServiceProcess.Fleet("agent", "--describe", "--device", _devices.Names[index], "--json");
        (await describe.ExitAsync()).ShouldBe(0, describe.Said);
        return string.Join('\n', JsonDocument.Parse(describe.Said).RootElement.GetProperty("knobs").EnumerateArray().Select(k => k.ToString()));
    }

    internal async Task<JsonElement> StatusAsync() => JsonDocument.Parse(await FleetAsync("status", "-o", "json")).RootElement;

    internal async Task<string> FleetAsync(params string[] arguments)
    {
        await using ServiceProcess fleet = ServiceProcess.Fleet([.. arguments, "--controller", Controller]);
        (await fleet.ExitAsync()).ShouldBe(0, fleet.Said);
        return fleet.Said;
    }

    private ServiceProcess Start(ServiceProcess process)
    {
        _processes.Add(process);
        return process;
    }
}
