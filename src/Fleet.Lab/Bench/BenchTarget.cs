using System.Collections.Immutable;
using System.Globalization;
using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Bench;

/// <summary>How each target of the benchmark is started: one core, one thread, two servers behind.</summary>
internal static class BenchTarget
{
    /// <summary>This program's proxy.</summary>
    public const string Fleet = "fleet";

    /// <summary>This program's proxy with two event loops on two cores.</summary>
    public const string FleetTwoLoops = "fleet2";

    /// <summary>twemproxy.</summary>
    public const string Nutcracker = "nutcracker";

    /// <summary>HAProxy in TCP mode: it moves bytes and does not know which key belongs to which server.</summary>
    public const string Haproxy = "haproxy";

    /// <summary>No proxy: the clients connect to one server.</summary>
    public const string Direct = "direct";

    /// <summary>All targets; the second is measured only when it is asked for, because its second loop takes the servers' core.</summary>
    public static ImmutableArray<string> Names { get; } = [Fleet, FleetTwoLoops, Nutcracker, Haproxy, Direct];

    /// <summary>Event loops and cores of a target.</summary>
    public static int Loops(string target) => target == FleetTwoLoops ? 2 : 1;

    /// <summary>What must be installed for the target; null when it is not missing.</summary>
    public static AbsentTarget? Absence(string target) =>
        target is Nutcracker or Haproxy && HostCommand.Find(target) is null
            ? new AbsentTarget(target, target, $"apt-get install {target}")
            : null;

    /// <summary>The command that runs a proxy; writes its configuration when it needs one.</summary>
    /// <param name="target">Name of the proxy.</param>
    /// <param name="port">Where it is to listen on 127.0.0.1.</param>
    /// <param name="spare">A free port for what the proxy listens on besides.</param>
    /// <param name="servers">Ports of the servers.</param>
    /// <param name="folder">Where its configuration goes.</param>
    /// <param name="fleet">The fleet command.</param>
    public static IReadOnlyList<string> Command(
        string target, int port, int spare, IReadOnlyList<int> servers, string folder, IReadOnlyList<string> fleet)
    {
        string config = Path.Combine(folder, target + ".conf");
        switch (target)
        {
            case Nutcracker:
                File.WriteAllText(config, NutcrackerConfig(port, servers));
                return
                [
                    HostCommand.Find(Nutcracker)!, "-c", config, "-o", Path.Combine(folder, "nutcracker.out"),
                    "-a", "127.0.0.1", "-s", Number(spare), "-v", "4",
                ];
            case Haproxy:
                File.WriteAllText(config, HaproxyConfig(port, servers));
                return [HostCommand.Find(Haproxy)!, "-db", "-f", config];
            default:
                return
                [
                    .. fleet, "proxy", "--listen", $"127.0.0.1:{Number(port)}", "--loops", Number(Loops(target)), "--metrics-listen", "none",
                    "--max-connections", "20000",
                    .. servers.SelectMany(s => new[] { "--server", $"127.0.0.1:{Number(s)}" }),
                ];
        }
    }

    private static string NutcrackerConfig(int port, IReadOnlyList<int> servers) => string.Join('\n',
    [
        "bench:", $"  listen: 127.0.0.1:{Number(port)}", "  hash: fnv1a_64", "  distribution: ketama", "  auto_eject_hosts: false",
        "  preconnect: true", "  servers:", .. servers.Select(s => $"   - 127.0.0.1:{Number(s)}:1"), "",
    ]);

    private static string HaproxyConfig(int port, IReadOnlyList<int> servers) => string.Join('\n',
    [
        "global", "  nbthread 1", "  maxconn 9000", "defaults", "  mode tcp", "  maxconn 9000", "  timeout connect 5s", "  timeout client 60s",
        "  timeout server 60s", "listen bench", $"  bind 127.0.0.1:{Number(port)}",
        .. servers.Select(s => $"  server s{Number(s)} 127.0.0.1:{Number(s)}"), "",
    ]);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
