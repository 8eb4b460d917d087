using System.Globalization;
using Fleet.Grpc.Client;
using Fleet.Hosting.Security;
using Fleet.V1;

namespace Fleet.Cli.Bench.Failover;

/// <summary>
/// A real fleet for strikes at its controllers: PostgreSQL, three controllers, a proxy, two memcached with real agents, all processes, over
/// mutual TLS. The agents turn the clock knob of a made-up host each: plain files where a kernel has sysfs.
/// </summary>
internal sealed class FailoverFleet : IAsyncDisposable
{
    /// <summary>How many controllers there are.</summary>
    public const int Controllers = 3;

    /// <summary>The pool.</summary>
    public const string Pool = "web";

    /// <summary>Where clients connect.</summary>
    public const int FrontPort = 11211;

    private const int Nodes = 2;
    private const string Device = "fleet0";

    private readonly string _folder;
    private readonly IReadOnlyList<string> _self;
    private readonly FailoverSpaces _spaces;
    private readonly TimeProvider _time;
    private readonly List<BenchProcess> _others = [];
    private readonly BenchProcess?[] _controllers = new BenchProcess?[Controllers];
    private readonly FleetChannel?[] _channels = new FleetChannel?[Controllers];

    private FailoverFleet(string folder, IReadOnlyList<string> self, FailoverSpaces spaces, FailoverDatabase database, TimeProvider time) =>
        (_folder, _self, _spaces, Database, _time) = (folder, self, spaces, database, time);

    /// <summary>The database.</summary>
    public FailoverDatabase Database { get; }

    /// <summary>The agents' processes.</summary>
    public List<BenchProcess> Agents { get; } = [];

    /// <summary>What the agents did.</summary>
    public IReadOnlyList<AgentAudit> Audits => [.. Enumerable.Range(0, Nodes).Select(n => new AgentAudit(Audit(n)))];

    /// <summary>Starts everything inside the hub's namespace, where this process must be.</summary>
    public static async Task<FailoverFleet> StartAsync(
        string folder, IReadOnlyList<string> self, string script, FailoverSpaces spaces, TimeProvider time, CancellationToken ct)
    {
        FailoverDatabase database = await FailoverDatabase.StartAsync(script, Path.Combine(folder, "postgres")).ConfigureAwait(false);
        var fleet = new FailoverFleet(folder, self, spaces, database, time);
        try
        {
            fleet.IssueCertificates();
            fleet.StartServers();
            await fleet.StartControllerAsync(0, ct).ConfigureAwait(false);
            await database.WatchAsync().ConfigureAwait(false);
            await Task.WhenAll(fleet.StartControllerAsync(1, ct), fleet.StartControllerAsync(2, ct)).ConfigureAwait(false);
            await fleet.DeclareAsync(ct).ConfigureAwait(false);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The admin API of a controller.</summary>
    public AdminService.AdminServiceClient Admin(int controller) => new(_channels[controller]!);

    /// <summary>The process of a controller.</summary>
    public BenchProcess Controller(int controller) => _controllers[controller]!;

    /// <summary>Number of the controller that owns the pool, its id and epoch; null while nobody does.</summary>
    public async Task<(int Controller, string Id, long Epoch)?> OwnerAsync()
    {
        (string owner, long epoch) = await Database.LeaseAsync(Pool).ConfigureAwait(false);
        string? address = string.IsNullOrEmpty(owner) ? null : await Database.AddressAsync(owner).ConfigureAwait(false);
        int number = Enumerable.Range(0, Controllers).FirstOrDefault(i => address == Listen(i), -1);
        return number < 0 ? null : (number, owner, epoch);
    }

    /// <summary>Starts a controller, or starts it again, and waits until it answers.</summary>
    public async Task StartControllerAsync(int controller, CancellationToken ct)
    {
        _controllers[controller]?.Dispose();
        _channels[controller]?.Dispose();
        string[] words =
        [
            "ip", "netns", "exec", _spaces.Controller(controller), .. _self, "controller", "--listen", Listen(controller),
            "--store", "postgres", "--postgres", Database.Controller, "--postgres-owner", Database.Owner, "--data", File("data"),
            "--metrics-listen", "none", "--page-listen", "none", "--membership-hold-off", "0s", "--search-hold-off", "0s",
            "--settle-time", "2s", "--measure-window", "2s", "--trial-budget", "3", "--send-delays", "off", .. Certificate("controller"),
        ];
        BenchProcess process = _controllers[controller] = BenchProcess.Start($"controller {controller}", words);
        await Until.TrueAsync(
            () =>
            {
                process.ThrowIfEnded();
                return Task.FromResult(process.Times("controller: listening") > 0);
            },
            $"controller {controller} listens", _time, ct).ConfigureAwait(false);
        _channels[controller] = FleetChannel.ForAddress(Listen(controller));
    }

    /// <summary>Cuts a controller off, or joins it again.</summary>
    public void Cut(int controller, bool off) => _spaces.Cut(controller, off);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < Controllers; i++)
        {
            _channels[i]?.Dispose();
            _controllers[i]?.Dispose();
        }

        foreach (BenchProcess process in Agents.Concat(_others))
        {
            process.Signal("CONT");
            process.Dispose();
        }

        await Database.DisposeAsync().ConfigureAwait(false);
    }

    private void StartServers()
    {
        for (int i = 0; i < Nodes; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            BenchProcess server = BenchProcess.Start(
                $"memcached {i}", ["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", Server(i), "-t", "1", "-m", "32"]);
            _others.Add(server);
            string root = MakeHost(i);
            Agents.Add(BenchProcess.Start($"agent {i}",
            [
                .. _self, "agent", "--listen", $"{FailoverSpaces.Hub}:710{number}", "--name", $"n{number}", "--device", Device, "--sysfs", root,
                "--knobs", "cpu.frequency_mhz", "--journal", File($"agent{number}.journal"), "--audit", Audit(i), "--metrics-listen", "none",
                "--change-interval", "0s", "--server-pid", server.Id.ToString(CultureInfo.InvariantCulture), "--kill-switch", File("kill"),
                .. Certificate("agent"),
            ]));
        }

        string control = $"https://{FailoverSpaces.Hub}:7401";
        _others.Add(BenchProcess.Start(
            "proxy", [.. _self, "proxy", "--control", control, "--metrics-listen", "none", "--loops", "1", .. Certificate("proxy")]));
    }

    private async Task DeclareAsync(CancellationToken ct)
    {
        AdminService.AdminServiceClient admin = Admin(0);
        await admin.AddProxyAsync(
            new AddProxyRequest { Spec = new ProxySpec { ProxyId = "edge", Control = $"https://{FailoverSpaces.Hub}:7401" } },
            cancellationToken: ct).ResponseAsync.ConfigureAwait(false);
        await admin.CreatePoolAsync(new CreatePoolRequest { Spec = Spec() }, cancellationToken: ct).ResponseAsync.ConfigureAwait(false);
        for (int i = 0; i < Nodes; i++)
        {
            var node = new NodeSpec
            {
                PoolId = Pool, NodeId = $"n{i}", Address = $"127.0.0.1:{Server(i)}", Agent = $"https://{FailoverSpaces.Hub}:710{i}",
            };
            await admin.AddNodeAsync(new AddNodeRequest { Spec = node }, cancellationToken: ct).ResponseAsync.ConfigureAwait(false);
        }
    }

    /// <summary>The pool's spec with a promise that the servers keep easily.</summary>
    public static PoolSpec Spec(double percentile = 90, double latencyUs = 200_000, Mode mode = Mode.Active) => new()
    {
        PoolId = Pool,
        Listen = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FrontPort}"),
        Sla = new Sla { Percentile = percentile, LatencyUs = latencyUs },
        Mode = mode,
        ExplorationShare = 1,
    };

    /// <summary>A made-up host: a device, and a clock between 1,000 and 3,000 MHz.</summary>
    private string MakeHost(int node)
    {
        string root = File(string.Create(CultureInfo.InvariantCulture, $"host{node}"));
        Directory.CreateDirectory(Path.Combine(root, "class/net", Device, "statistics"));
        string policy = Path.Combine(root, "devices/system/cpu/cpufreq/policy0");
        Directory.CreateDirectory(policy);
        (string Name, string Text)[] files =
        [
            ("cpuinfo_min_freq", "1000000"), ("cpuinfo_max_freq", "3000000"), ("scaling_min_freq", "1000000"), ("scaling_max_freq", "3000000"),
            ("scaling_governor", "schedutil"), ("scaling_available_governors", "schedutil performance"),
        ];
        foreach ((string name, string text) in files)
        {
            System.IO.File.WriteAllText(Path.Combine(policy, name), text + "\n");
        }

        return root;
    }

    private void IssueCertificates()
    {
        var certificates = new CertificateFolder(File("certs"));
        using CertificateAuthority authority = certificates.CreateAuthority(_time.GetUtcNow(), TimeSpan.FromDays(1));
        foreach (Role role in new[] { Role.Controller, Role.Agent, Role.Proxy })
        {
            string name = role.ToString().ToLowerInvariant();
            certificates.Write(name, authority.Issue(name, role, [FailoverSpaces.Hub], _time.GetUtcNow(), TimeSpan.FromDays(1)));
        }
    }

    private string[] Certificate(string name) =>
    [
        "--tls-cert", File($"certs/{name}.crt"), "--tls-key", File($"certs/{name}.key"), "--tls-ca", File("certs/ca.crt"),
    ];

    private static string Server(int node) => string.Create(CultureInfo.InvariantCulture, $"1121{node + 2}");

    private string Audit(int node) => File(string.Create(CultureInfo.InvariantCulture, $"agent{node}.audit.jsonl"));

    private string Listen(int controller) => "unix:" + File(string.Create(CultureInfo.InvariantCulture, $"c{controller}.sock"));

    private string File(string name) => Path.Combine(_folder, name);
}
