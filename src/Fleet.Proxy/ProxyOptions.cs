using System.Collections.Immutable;
using Fleet.Core.Routing;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Security;
using Fleet.Hosting.Operations;
using Fleet.Proxy.Auth;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;

namespace Fleet.Proxy;

/// <summary>
/// What a proxy starts with. With <see cref="Listen"/> and <see cref="Servers"/> it is complete without a controller; with
/// <see cref="ControlEndpoint"/> a controller can give it pools.
/// </summary>
public sealed record ProxyOptions
{
    /// <summary>
    /// Where clients of the first pool connect, ADDRESS:PORT; port 0 takes any free one. Default: none, pools come by control.
    /// </summary>
    public string? Listen { get; init; }

    /// <summary>Servers of the first pool. Default: none.</summary>
    public ImmutableArray<ProxyServer> Servers { get; init; } = [];

    /// <summary>Id of the first pool. Default: "default".</summary>
    public string PoolId { get; init; } = "default";

    /// <summary>Routing policy of the first pool. Default: "ketama", libmemcached's placement of keys.</summary>
    public string Policy { get; init; } = RoutingPolicies.Ketama;

    /// <summary>
    /// JSON file of pools (docs/pools.md), read again on SIGHUP and when it changes. Default: none, one pool of <see cref="Servers"/>.
    /// </summary>
    public string? PoolsFile { get; init; }

    /// <summary>The pools file is the service's configuration file, whose key "pools" holds them. Default: false.</summary>
    public bool PoolsFileIsConfiguration { get; init; }

    /// <summary>Where the control service listens: ADDRESS:PORT, http://ADDRESS:PORT or unix:/PATH. Default: none.</summary>
    public string? ControlEndpoint { get; init; }

    /// <summary>Certificate of the control service; controllers show one too. Default none: plain text, on this host only.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>
    /// Certificate that clients of the first pool are shown; with an authority they must show one too. Default: none, plain text.
    /// </summary>
    public TlsFiles? ClientTls { get; init; }

    /// <summary>
    /// Authority that signed the certificates of the first pool's servers, and the certificate shown to them if they ask for one. Default:
    /// none, plain text.
    /// </summary>
    public TlsFiles? ServerTls { get; init; }

    /// <summary>File that keeps the pools across restarts; what it holds overrides <see cref="Servers"/>. Default: none.</summary>
    public string? StateFile { get; init; }

    /// <summary>
    /// File of USER:PASSWORD lines, as for memcached -Y; clients must log in by it, in text or by SASL PLAIN. Default: none, everybody may.
    /// </summary>
    public string? UsersFile { get; init; }

    /// <summary>
    /// HOST:PORT of each proxy, told to auto-discovering clients (config get cluster). Default: the address the client is connected to.
    /// </summary>
    public ImmutableArray<string> Advertise { get; init; } = [];

    /// <summary>Event loops, each a thread. Range 1 to 256; default: one per core. Each costs one connection per node.</summary>
    public int Loops { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Real-time priority (SCHED_FIFO) of the event loops' threads: nothing of the normal class delays a request. Range 0 to 99; default 0,
    /// the normal class. Needs CAP_SYS_NICE. A loop at its limit takes its core from everything of the normal class.
    /// </summary>
    public int LoopPriority { get; init; }

    /// <summary>
    /// How long a loop that has done its work looks for more before it sleeps: a thread that sleeps is woken some microseconds later,
    /// which is a part of what a proxy adds to a request. Range 0 to 10 ms; default 0, sleep at once. Costs up to a core per loop while requests come
    /// more often than that.
    /// </summary>
    public TimeSpan BusyPoll { get; init; }

    /// <summary>
    /// The most that an event loop spaces its turns by when it is busy for three quarters of its time or more, so that events come
    /// together and share what a turn costs; in proportion less down to half, and not at all below. Range 0 to 1 ms; default 100 us; 0:
    /// never. Not used where a send delay or busy polling is set.
    /// </summary>
    public TimeSpan TurnSpacing { get; init; } = TimeSpan.FromMicroseconds(100);

    /// <summary>Largest value stored, bytes. Range 1 to 1,073,741,824 (1 GiB); default 1,048,576 (1 MiB), memcached's own. Larger
    /// ones than that are streamed, each over a connection of its own to its server.</summary>
    public int MaxValueBytes { get; init; } = 1 << 20;

    /// <summary>Client connections at one time; more are refused. Range 1 to 1,000,000; default 10,000. Each needs a descriptor.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>
    /// Reply bytes of one event loop that clients have not taken yet; beyond it the client with most of them is dropped. Range 1 MiB to
    /// 2 GiB; default 512 MiB.
    /// </summary>
    public int ReplyMemoryBytes { get; init; } = 512 << 20;

    /// <summary>Time for a node to answer before its connection is given up. Range 10 ms to 10 min; default 1 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long requests to a server of the first pool are gathered to leave together. Range 0 to 10 ms; default 0, at once. Each
    /// microsecond is added latency; servers wake less often for it. A controller sets it per node instead.
    /// </summary>
    public TimeSpan SendDelay { get; init; }

    /// <summary>Time between telemetry slices. Range 50 ms to 10 s; default 250 ms.</summary>
    public TimeSpan TelemetryInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Time between health probes of each node. Range 100 ms to 10 min; default 5 s. A probe wakes the server.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time for requests in flight to finish when the proxy stops. Range 0 to 10 min; default 5 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where /metrics, /healthz and /readyz answer. Default: nowhere; the command line gives 127.0.0.1:7482.</summary>
    public OperationsOptions Operations { get; init; } = OperationsOptions.Off;

    /// <summary>Everything that is wrong with the options; each problem names the option, its value and what is legal.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (Listen is null && ControlEndpoint is null && PoolsFile is null)
        {
            problems.Add(
                "neither a listen address nor a control endpoint is given; "
                + "use --listen HOST:PORT with --server HOST:PORT, --pools FILE, or --control");
        }

        if (Listen is null && Servers.Length > 0)
        {
            problems.Add("servers are given without a listen address; add --listen HOST:PORT");
        }

        if (Listen is not null)
        {
            if (Servers.Length == 0 && ControlEndpoint is null)
            {
                problems.Add("no server is given; add --server HOST:PORT, or --control for a controller to add them");
            }

            problems.AddRange(FirstPool()!.Problems());
        }

        if (PoolsFile is not null)
        {
            if (Listen is not null)
            {
                problems.Add("both a pools file and a listen address are given; put the pool of --listen and --server into the pools file");
            }

            OpenPoolsFile()!.Load(problems);
        }

        if (ControlEndpoint is not null && ControlAddress() is null)
        {
            problems.Add($"control endpoint \"{ControlEndpoint}\" is not legal; legal: {ListenAddress.Rule}");
        }

        problems.AddRange(new[] { ListenAddress.Problem(ControlAddress()?.ToString() ?? "", Tls is not null) }.OfType<string>());
        CheckRanges(problems);
        problems.AddRange(Operations.Validate());
        CheckClients(problems);
        if (StateFile is not null && Directory.Exists(StateFile))
        {
            problems.Add($"state file \"{StateFile}\" is a folder; name a file in it");
        }

        return problems;
    }

    private void CheckRanges(List<string> problems)
    {
        Range(problems, "loops", Loops, 1, 256);
        Range(problems, "loop priority", LoopPriority, 0, 99);
        if (LoopPriority is > 0 and <= 99 && Native.RealTime.Obstacle(LoopPriority) is { } obstacle)
        {
            problems.Add($"loop priority is {LoopPriority}: {obstacle}; grant CAP_SYS_NICE, or leave it 0");
        }

        Range(problems, "busy poll", BusyPoll.TotalMicroseconds, 0, 10_000, " us");
        Range(problems, "turn spacing", TurnSpacing.TotalMicroseconds, 0, 1000, " us");
        Range(problems, "largest value", MaxValueBytes, 1, 1 << 30, " bytes");
        Range(problems, "connections", MaxConnections, 1, 1_000_000);
        Range(problems, "reply memory", ReplyMemoryBytes, 1 << 20, int.MaxValue, " bytes");
        Range(problems, "request timeout", RequestTimeout.TotalMilliseconds, 10, 600_000, " ms");
        Range(problems, "send delay", SendDelay.TotalMicroseconds, 0, SendDelays.Longest.TotalMicroseconds, " us");
        if (SendDelay > TimeSpan.Zero && !Native.Epoll.HasFineWait)
        {
            problems.Add("send delay needs Linux 5.11 or later (epoll_pwait2); leave it 0");
        }

        Range(problems, "telemetry interval", TelemetryInterval.TotalMilliseconds, 50, 10_000, " ms");
        Range(problems, "probe interval", ProbeInterval.TotalMilliseconds, 100, 600_000, " ms");
        Range(problems, "stop timeout", StopTimeout.TotalMilliseconds, 0, 600_000, " ms");
    }

    private void CheckClients(List<string> problems)
    {
        if (UsersFile is not null)
        {
            _ = UserTable.Read(UsersFile, problems);
        }

        foreach (string address in Advertise)
        {
            if (!HostPort.TryParse(address, "advertised address", allowAnyPort: false, out _, out string problem))
            {
                problems.Add(problem);
            }
        }
    }

    internal PoolDefinition? FirstPool() => Listen is null
        ? null
        : new PoolDefinition(PoolId, Listen, Policy, [.. Servers.Select(s => new RouteNode(s.Id, s.Address, s.Weight))], 0)
        {
            ClientTls = ClientTls,
            ServerTls = ServerTls,
        };

    internal PoolsFile? OpenPoolsFile() => PoolsFile is null ? null : new PoolsFile(PoolsFile, PoolsFileIsConfiguration);

    internal ListenAddress? ControlAddress()
    {
        string text = ControlEndpoint ?? "";
        string? scheme = new[] { "http://", "https://" }.FirstOrDefault(s => text.StartsWith(s, StringComparison.Ordinal));
        text = scheme is null ? text : text[scheme.Length..].TrimEnd('/');
        return ListenAddress.TryParse(text, out ListenAddress address) ? address : null;
    }

    internal EngineLimits Limits() => new()
    {
        MaxValueBytes = MaxValueBytes,
        MaxConnections = MaxConnections,
        LoopReplyBytes = ReplyMemoryBytes,
        RequestTimeout = RequestTimeout,
        LoopPriority = LoopPriority,
        BusyPoll = BusyPoll,
        TurnSpacing = BusyPoll > TimeSpan.Zero ? TimeSpan.Zero : TurnSpacing,
        Users = UsersFile is null ? null : UserTable.Read(UsersFile, []),
        Advertised = [.. Advertise.Select(Told)],
    };

    private static string Told(string address) =>
        HostPort.TryParse(address, "", allowAnyPort: false, out HostPort parsed, out _) ? Advertised.Of(parsed.Host, parsed.Port) : "";

    private static void Range(List<string> problems, string option, double value, double low, double high, string unit = "")
    {
        if (!(value >= low && value <= high))
        {
            problems.Add($"{option} is {value}{unit}; legal is {low} to {high}{unit}");
        }
    }
}
