namespace Fleet.NodeAgent.Host;

/// <summary>The device that a host talks to the world through: a guess for a description, never for a change.</summary>
internal static class DefaultRoute
{
    private const string Loopback = "lo";

    /// <summary>Device of the first default route in <c>/proc/net/route</c>; the loopback device when there is none.</summary>
    internal static string Device(string procfsRoot)
    {
        try
        {
            // Iface Destination Gateway Flags …, addresses in hexadecimal.
            return File.ReadLines(Path.Combine(procfsRoot, "net/route")).Skip(1)
                .Select(l => l.Split('\t'))
                .FirstOrDefault(f => f.Length > 1 && f[1] == "00000000")?[0] ?? Loopback;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Loopback;
        }
    }
}
