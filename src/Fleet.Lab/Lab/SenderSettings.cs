namespace Fleet.Lab.Lab;

/// <summary>
/// The kernel settings of the caller's namespace that the lab changes, with their way back.
/// <para>
/// <c>net.ipv4.tcp_autocorking</c> is switched off: while an earlier packet has not left the device, autocorking holds small writes back.
/// A network card sends within microseconds; a veth counts a packet as sent when the receiver polls it, so autocorking would turn the
/// server's interrupt delay into a second delay at the sender (measured: the median doubled from one half to one timeout).
/// </para>
/// </summary>
internal static class SenderSettings
{
    private static readonly Dictionary<string, string> Wanted = new() { ["/proc/sys/net/ipv4/tcp_autocorking"] = "0" };

    /// <summary>The kernel's own values, taken when the manifest with the originals is lost.</summary>
    internal static readonly IReadOnlyDictionary<string, string> KernelDefaults =
        new Dictionary<string, string> { ["/proc/sys/net/ipv4/tcp_autocorking"] = "1" };

    /// <summary>Present values of what <see cref="Apply"/> changes.</summary>
    internal static Dictionary<string, string> Read() => Wanted.Keys.Where(File.Exists)
        .ToDictionary(path => path, path => File.ReadAllText(path).Trim());

    internal static void Apply()
    {
        foreach ((string path, string value) in Wanted.Where(w => File.Exists(w.Key)))
        {
            File.WriteAllText(path, value);
        }
    }

    internal static void Restore(IReadOnlyDictionary<string, string> originals)
    {
        foreach ((string path, string value) in originals.Where(o => Wanted.ContainsKey(o.Key)))
        {
            File.WriteAllText(path, value);
        }
    }
}
