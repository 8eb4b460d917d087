using System.Globalization;

namespace Fleet.NodeAgent.Safety;

/// <summary>
/// Whether the server's packets go past the kernel's receive path, where the knobs would do nothing: a server process that holds a VFIO or
/// UIO device (DPDK), AF_XDP sockets in the namespace, or requests while the device receives nothing. Such a node is reported and not tuned.
/// </summary>
internal sealed class BypassDetector(string procfsRoot, Func<IEnumerable<int>> serverPids, TimeProvider time)
{
    private const int QuietSlices = 3;
    private const double LeastRequestsPerSecond = 100;

    /// <summary>Far fewer packets than requests: a batch of pipelined requests still arrives in packets.</summary>
    private const double LeastPacketsPerRequest = 0.001;

    /// <summary>
    /// Descriptors that are looked at, the lowest: a program opens its card when it starts, before its connections, of which a server may
    /// have very many.
    /// </summary>
    private const int DescriptorsLookedAt = 256;

    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(10);
    private static readonly string[] UserDrivers = ["vfio-pci", "uio_pci_generic", "igb_uio"];

    private readonly Lock _gate = new();
    private string? _found;
    private long? _looked;
    private int _quiet;
    private (long At, long Packets)? _last;

    /// <summary>Why the knobs do not apply; null when they do. Looked up at most every 10 s.</summary>
    internal string? Reason()
    {
        lock (_gate)
        {
            if (_quiet >= QuietSlices)
            {
                return NotApplicable("requests are served while the device receives next to no packets");
            }

            if (_looked is not { } at || time.GetElapsedTime(at) >= KnownFor)
            {
                _looked = time.GetTimestamp();
                _found = ServerHoldsDevice() ?? XdpSockets();
            }

            return _found;
        }
    }

    /// <summary>Network cards that a driver for user-space programs holds, by PCI address: a hint when a device is missing.</summary>
    internal static IReadOnlyList<string> CardsHeldByUserDrivers(string sysfsRoot) =>
    [
        .. UserDrivers.Select(d => Path.Combine(sysfsRoot, "bus/pci/drivers", d)).Where(Directory.Exists)
            .SelectMany(d => Directory.EnumerateFileSystemEntries(d, "????:*"))
            .Where(c => Text(Path.Combine(c, "class"))?.StartsWith("0x02", StringComparison.Ordinal) == true)
            .Select(c => $"{Path.GetFileName(c)} ({Path.GetFileName(Path.GetDirectoryName(c))})"),
    ];

    /// <summary>Takes the load that the proxies see beside the packets that the device has received.</summary>
    internal void Compare(double? requestsPerSecond, long? packets)
    {
        if (requestsPerSecond is not { } requests || packets is not { } count)
        {
            return;
        }

        lock (_gate)
        {
            long now = time.GetTimestamp();
            if (_last is { } last && time.GetElapsedTime(last.At, now) is { TotalSeconds: > 0.2 } span)
            {
                bool quiet = requests >= LeastRequestsPerSecond
                    && count - last.Packets < requests * span.TotalSeconds * LeastPacketsPerRequest;
                _quiet = quiet ? _quiet + 1 : 0;
            }

            _last = (now, count);
        }
    }

    private string? ServerHoldsDevice()
    {
        foreach (int pid in serverPids())
        {
            string folder = Path.Combine(procfsRoot, pid.ToString(CultureInfo.InvariantCulture), "fd");
            try
            {
                // The kernel lists them in the order of their numbers.
                foreach (string descriptor in Directory.EnumerateFileSystemEntries(folder).Take(DescriptorsLookedAt))
                {
                    string? target = File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.FullName;
                    if (target is not null && (target.StartsWith("/dev/vfio/", StringComparison.Ordinal)
                        || target.StartsWith("/dev/uio", StringComparison.Ordinal)))
                    {
                        return NotApplicable($"server process {pid} holds {target} (DPDK or alike)");
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone, or another user's: then nothing is known, and the packet rate remains as a signal.
            }
        }

        return null;
    }

    private string? XdpSockets()
    {
        // "XDP  1088  2  -1 …": name, size, sockets.
        string? line = Text(Path.Combine(procfsRoot, "net/protocols"))?.Split('\n')
            .FirstOrDefault(l => l.StartsWith("XDP ", StringComparison.Ordinal));
        string[] fields = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return fields.Length > 2 && int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out int sockets) && sockets > 0
            ? NotApplicable($"{sockets} AF_XDP socket(s) in this network namespace")
            : null;
    }

    private static string NotApplicable(string why) => $"knobs not applicable: bypass ({why})";

    private static string? Text(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
