using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fleet.Grpc.Client;
using Fleet.Testing;
using Fleet.V1;

namespace Fleet.Cli.Tests;

/// <summary>
/// The planner on real parts: real memcached, proxy, controller and load as processes, and agents whose power is a formula of the load that
/// their memcached counted.
/// </summary>
public sealed class PlannedFleetTests : IAsyncLifetime
{
    private static readonly string[] Ids = ["n1", "n2", "n3"];
    private readonly TemporaryFolder _folder = new();
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly Dictionary<string, FleetProcess> _servers = [];
    private readonly Dictionary<string, MeteredAgent> _agents = [];
    private readonly int[] _ports = FreePorts(5);
    private AdminService.AdminServiceClient _admin = null!;

    private string Controller => $"unix:{_folder.File("controller.sock")}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Front => $"127.0.0.1:{_ports[4]}";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task A_planned_pool_parks_wakes_replaces_the_dead_and_takes_new_members_while_it_serves()
    {
        if (!File.Exists("/usr/bin/memcached"))
        {
            Assert.Skip("memcached is not installed; eng/install-tools.sh installs it");
        }

        await StartAsync();
        Load(1200, 300);

        // Little load: one node is parked, one is kept to spare.
        IReadOnlyList<Node> nodes = await UntilAsync(n => Count(n, "parked") == 1 && Count(n, "active") == 2, "one node parked");
        PoolStatus pool = (await _admin.GetPoolAsync(new GetPoolRequest { PoolId = "web" }, cancellationToken: Stop)).Status;
        (pool.ActiveNodes, pool.ParkedNodes, pool.ShortfallRequestsPerSecond).ShouldBe((2u, 1u, 0.0));
        string parked = nodes.Single(n => n.Status.Membership == "parked").Spec.NodeId;
        nodes.Single(n => n.Spec.NodeId == parked).Status.Weight.ShouldBe(0u);
        await UntilAsync(_ => _agents[parked].InForce.Values.Any(v => v.Value == 100), "the parked node waits in its deepest setting");

        // A dead server: the others take its load at once, and the parked node is prepared and becomes the spare one.
        string victim = Ids.First(id => id != parked);
        _servers[victim].Kill();
        await UntilAsync(n => Membership(n, victim) == "failed" && Membership(n, parked) == "active", "the dead server is replaced");
        _servers[victim] = Memcached(victim);
        await UntilAsync(n => Membership(n, victim) is "parked" or "active", "the server that came back is a member again");

        // A member more, under load; then a node too many is parked again.
        await AddNodeAsync("n4", 3);
        await UntilAsync(n => Membership(n, "n4") is "active" or "parked", "the new member has joined");
        nodes = await UntilAsync(n => n.Count == 4 && Count(n, "active") == 2 && Count(n, "parked") == 2, "two nodes parked");

        // More load: nodes are woken.
        Load(5000, 120);
        await UntilAsync(n => Count(n, "active") > 2, "a parked node is woken when load rises");
    }

    private async Task StartAsync()
    {
        string control = $"unix:{_folder.File("proxy.sock")}";
        FleetProcess proxy = Keep(FleetProcess.Fleet("proxy", "--control", control, "--loops", "1", "--metrics-listen", "none"));
        FleetProcess controller = Keep(FleetProcess.Fleet(
            "controller", "--listen", Controller, "--data", _folder.File("data"), "--metrics-listen", "none", "--page-listen", "none",
            "--membership-hold-off", "0s", "--max-exploring-share", "1", "--measure-window", "1s", "--settle-time", "100ms",
            "--send-delays", "off", "--plan-interval", "500ms", "--turn-off-delay", "3s", "--move-interval", "1s"));
        await controller.SaysAsync("controller: listening");
        await proxy.SaysAsync("control listens");
        FleetChannel channel = FleetChannel.ForAddress(Controller, null);
        _admin = new AdminService.AdminServiceClient(channel);
        await FleetAsync("proxies", "add", "p1", control);
        await FleetAsync("pool", "create", "web", "--listen", Front, "--sla-us", "100000", "--balance", "replicated");
        foreach ((string id, int index) in Ids.Select((id, index) => (id, index)))
        {
            await AddNodeAsync(id, index);
        }

        await UntilAsync(n => Count(n, "active") == 3, "three nodes active");
    }

    private async Task AddNodeAsync(string id, int index)
    {
        _servers[id] = Memcached(id);
        string socket = _folder.File($"{id}.sock");
        _agents[id] = await MeteredAgent.StartAsync(socket, _ports[index]);
        _parts.Add(_agents[id]);
        await FleetAsync("node", "add", "web", id, "--address", $"127.0.0.1:{_ports[index]}", "--agent", $"unix:{socket}");
    }

    private FleetProcess Memcached(string id) => Keep(FleetProcess.Program(
        "/usr/bin/memcached", "-u", "nobody", "-l", "127.0.0.1", "-t", "1", "-p",
        _ports[id[1] - '1'].ToString(CultureInfo.InvariantCulture)));

    private FleetProcess Load(int qps, int seconds) => Keep(FleetProcess.Fleet(
        "load", "--target", Front, "--qps", $"{qps}", "--duration", $"{seconds}", "--keys", "500", "--connections", "4", "--json"));

    private FleetProcess Keep(FleetProcess process)
    {
        _parts.Add(process);
        return process;
    }

    private async Task<IReadOnlyList<Node>> UntilAsync(Func<IReadOnlyList<Node>, bool> condition, string what)
    {
        IReadOnlyList<Node> nodes = [];
        try
        {
            await Eventually.TrueAsync(
                async () => condition(
                    nodes = (await _admin.ListNodesAsync(new ListNodesRequest { PoolId = "web" }, cancellationToken: Stop)).Nodes),
                what,
                120);
            return nodes;
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}\n{await FleetAsync("status")}\n{await FleetAsync("describe", "pool", "web")}", late);
        }
    }

    private async Task<string> FleetAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await FleetProcess.RunAsync([.. arguments, "--controller", Controller]);
        exitCode.ShouldBe(0, error);
        return output;
    }

    private static int Count(IReadOnlyList<Node> nodes, string membership) => nodes.Count(n => n.Status.Membership == membership);

    private static string? Membership(IReadOnlyList<Node> nodes, string id) =>
        nodes.FirstOrDefault(n => n.Spec.NodeId == id)?.Status.Membership;

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(listeners, l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        Array.ForEach(listeners, l => l.Dispose());
        return ports;
    }
}
