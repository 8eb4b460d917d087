using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Sensors;

/// <summary>Packets that a device has received since it exists.</summary>
internal sealed class PacketCounter(string sysfsRoot, string device) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HostFile _file = new(Path.Combine(sysfsRoot, "class/net", device, "statistics/rx_packets"));

    /// <summary>The counter; null when it cannot be read.</summary>
    internal long? Received()
    {
        lock (_gate)
        {
            return _file.Number();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
