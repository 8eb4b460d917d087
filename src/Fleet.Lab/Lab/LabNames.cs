using System.Globalization;
using System.Net;

namespace Fleet.Lab.Lab;

/// <summary>
/// Names and addresses of the lab's parts. Everything can be found again by these names alone, when the manifest is lost. Addresses are
/// from 198.18.0.0/15, which RFC 2544 reserves for benchmarks: no real network has them.
/// </summary>
internal static class LabNames
{
    internal const string NamespacePrefix = "fleet-lab-";
    internal const string HostDevicePrefix = "fleetlab";
    internal const string ServerDevicePrefix = "flab";

    /// <summary>What a missing server's address falls into instead of the default route.</summary>
    internal const string GuardedNetwork = "198.18.0.0/16";

    /// <summary>Metric of the guard route; identifies it as the lab's.</summary>
    internal const string GuardMetric = "19818";

    internal const int MemcachedPort = 11211;

    /// <summary>Where an agent's /metrics answers, on its server's address: the loopback address of its namespace is out of reach.</summary>
    internal const int AgentMetricsPort = 7483;

    internal static string Id(int index) => "s" + Text(index);

    internal static string Namespace(int index) => NamespacePrefix + Id(index);

    /// <summary>The end in the caller's namespace.</summary>
    internal static string HostDevice(int index) => HostDevicePrefix + Text(index);

    /// <summary>The end in the server's namespace. Its index is in the name so that its NAPI thread's name tells the server.</summary>
    internal static string ServerDevice(int index) => ServerDevicePrefix + Text(index);

    internal static string HostAddress(int index) => $"198.18.{Text(index)}.1";

    internal static IPAddress ServerAddress(int index) => IPAddress.Parse($"198.18.{Text(index)}.2");

    /// <summary>Start of the name of the NAPI thread of a server's device: the kernel calls it <c>napi/DEVICE-ID</c>.</summary>
    internal static string NapiThreadPrefix(int index) => $"napi/{ServerDevice(index)}-";

    /// <summary>The index in a name of the lab; null for any other name.</summary>
    internal static int? Index(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : null;

    private static string Text(int index) => index.ToString(CultureInfo.InvariantCulture);
}
