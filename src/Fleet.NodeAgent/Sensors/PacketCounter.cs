using System.Globalization;

namespace Fleet.NodeAgent.Sensors;

/// <summary>Packets that a device has received since it exists.</summary>
internal sealed class PacketCounter(string sysfsRoot, string device)
{
    private readonly string _path = Path.Combine(sysfsRoot, "class/net", device, "statistics/rx_packets");

    /// <summary>The counter; null when it cannot be read.</summary>
    internal long? Received()
    {
        try
        {
            return long.TryParse(File.ReadAllText(_path).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
