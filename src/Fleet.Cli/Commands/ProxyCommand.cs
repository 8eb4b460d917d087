using System.CommandLine;
using Fleet.Cli.Services;
using Fleet.Hosting.Configuration;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Logging;
using Fleet.Proxy;
using Microsoft.Extensions.Logging;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet proxy</c>: runs a proxy until SIGTERM or SIGINT.</summary>
internal static class ProxyCommand
{
    private const string DefaultMetricsListen = "127.0.0.1:7482";

    /// <summary>The service's options.</summary>
    internal static readonly ConfigKey[] Keys =
    [
        new("listen", "ADDRESS:PORT", "where clients of the first pool connect; port 0 takes any free one"),
        new("server", "HOST:PORT", "a server of the first pool; give it once per server", Many: true),
        new("pool", "POOL", "id of the first pool (default \"default\")"),
        new("policy", "NAME", "routing policy of the first pool (default ketama)"),
        new("pools", "FILE", "JSON file of pools, read again on SIGHUP and on change; or the pools themselves in the file of --config",
            Structured: true),
        new("control", "ADDRESS", "where a controller reaches the proxy: http://ADDRESS:PORT or unix:/PATH"),
        new("state", "FILE", "keeps the pools across restarts; what it holds is stronger than --server"),
        new("users-file", "FILE", "USER:PASSWORD lines; clients must log in, in text (as with memcached -Y) or by SASL PLAIN"),
        new("advertise", "HOST:PORT", "a proxy told to auto-discovering clients; give it once per proxy", Many: true),
        new("loops", "COUNT", "event loops, each a thread, 1 to 256 (default: one per core)"),
        new("loop-priority", "PRIORITY", "real-time priority of the event loops, 1 to 99; needs CAP_SYS_NICE (default 0: normal class)"),
        new("busy-poll", "DURATION", "look for more work for so long before sleeping, 0 to 10ms; costs up to a core per loop (default 0)"),
        new("turn-spacing", "DURATION", "most that busy loops space their turns by, so that events come together, 0 to 1ms (default 100us)"),
        new("reply-memory", "BYTES", "replies per loop that clients have not taken; beyond it the one with most is dropped (default 536870912)"),
        new("max-value", "BYTES", "largest value stored, 1 to 1073741824 (default 1048576); above 1 MiB values are streamed"),
        new("max-connections", "COUNT", "client connections at one time, 1 to 1000000 (default 10000)"),
        new("request-timeout", "DURATION", "time for a node to answer, 10ms to 10min (default 1s)"),
        new("send-delay", "DURATION", "gather requests to a server of the first pool for so long, 0 to 10ms (default 0)"),
        new("telemetry-interval", "DURATION", "between telemetry slices, 50ms to 10s (default 250ms)"),
        new("probe-interval", "DURATION", "between health probes of a node, 100ms to 10min (default 5s)"),
        new("stop-timeout", "DURATION", "time for requests in flight when stopping, 0 to 10min (default 5s)"),
        OperationsKeys.MetricsListen(DefaultMetricsListen),
        OperationsKeys.OtlpEndpoint,
        .. TlsKeys.All,
        new("client-tls-cert", "FILE", "certificate that clients of the first pool are shown (PEM); they connect by TLS then"),
        new("client-tls-key", "FILE", "its private key (PEM)"),
        new("client-tls-ca", "FILE", "authority whose certificates clients of the first pool must show (PEM; default: they need none)"),
        new("server-tls-ca", "FILE", "authority of the certificates of the first pool's servers (PEM); they are connected to by TLS then"),
        new("server-tls-cert", "FILE", "certificate to show to servers that ask for one (PEM)"),
        new("server-tls-key", "FILE", "its private key (PEM)"),
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var service = new ServiceCommand("proxy", Keys);
        Command command = service.Create("Runs a memcached proxy: alone with --server, or steered by a controller with --control.");
        command.SetAction((parsed, ct) => ServiceCommand.RunAsync(
            async stop =>
            {
                ProxyOptions options = Options(service.Read(parsed), service.ConfigFile(parsed));
                using ILoggerFactory logs = ServiceLogging.CreateFactory();
                await ProxyHost.RunAsync(options, logs, parsed.InvocationConfiguration.Output, TimeProvider.System, stop);
            },
            ct));
        return command;
    }

    /// <summary>The options as a whole.</summary>
    /// <exception cref="StartupException">Every problem.</exception>
    internal static ProxyOptions Options(RawOptions raw, string? configFile)
    {
        string? pools = raw.Text("pools", null);
        bool inConfiguration = pools?.TrimStart() is ['[' or '{', ..];
        var defaults = new ProxyOptions();
        var problems = new List<string>();
        var options = new ProxyOptions
        {
            Listen = raw.Text("listen", null),
            Servers = [.. raw.Texts("server").Select(ProxyServer.At)],
            PoolId = raw.Text("pool", defaults.PoolId),
            Policy = raw.Text("policy", defaults.Policy),
            PoolsFile = inConfiguration ? configFile : pools,
            PoolsFileIsConfiguration = inConfiguration,
            ControlEndpoint = raw.Text("control", null),
            StateFile = raw.Text("state", null),
            UsersFile = raw.Text("users-file", null),
            Advertise = [.. raw.Texts("advertise")],
            Loops = raw.Whole("loops", defaults.Loops),
            LoopPriority = raw.Whole("loop-priority", defaults.LoopPriority),
            BusyPoll = raw.Duration("busy-poll", defaults.BusyPoll),
            TurnSpacing = raw.Duration("turn-spacing", defaults.TurnSpacing),
            MaxValueBytes = raw.Whole("max-value", defaults.MaxValueBytes),
            ReplyMemoryBytes = raw.Whole("reply-memory", defaults.ReplyMemoryBytes),
            MaxConnections = raw.Whole("max-connections", defaults.MaxConnections),
            RequestTimeout = raw.Duration("request-timeout", defaults.RequestTimeout),
            SendDelay = raw.Duration("send-delay", defaults.SendDelay),
            TelemetryInterval = raw.Duration("telemetry-interval", defaults.TelemetryInterval),
            ProbeInterval = raw.Duration("probe-interval", defaults.ProbeInterval),
            StopTimeout = raw.Duration("stop-timeout", defaults.StopTimeout),
            Operations = OperationsKeys.Read(raw, DefaultMetricsListen, problems),
            Tls = TlsKeys.Read(raw, problems),
            ClientTls = TlsKeys.ReadData(raw, "client-tls"),
            ServerTls = TlsKeys.ReadData(raw, "server-tls"),
        };
        StartupException.ThrowIfAny([.. raw.Problems, .. problems, .. options.Validate()]);
        return options;
    }
}
