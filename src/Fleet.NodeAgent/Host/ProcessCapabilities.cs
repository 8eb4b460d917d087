using System.Globalization;

namespace Fleet.NodeAgent.Host;

/// <summary>Effective capabilities of this process (capabilities(7)), as bits.</summary>
internal readonly record struct ProcessCapabilities(ulong Effective)
{
    private const int DacReadSearchBit = 2;
    private const int NetAdminBit = 12;
    private const int RawIoBit = 17;

    internal bool NetAdmin => Has(NetAdminBit);

    internal bool RawIo => Has(RawIoBit);

    internal bool DacReadSearch => Has(DacReadSearchBit);

    /// <summary>Reads them from the kernel; none when it does not say.</summary>
    internal static ProcessCapabilities OfThisProcess()
    {
        const string Key = "CapEff:";
        try
        {
            string? line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal));
            return ulong.TryParse(line?[Key.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong bits)
                ? new ProcessCapabilities(bits) : default;
        }
        catch (IOException)
        {
            return default;
        }
    }

    private bool Has(int bit) => (Effective >> bit & 1) != 0;
}
