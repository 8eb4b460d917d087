using System.Globalization;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// Package energy from powercap (<c>class/powercap/intel-rapl:N</c>, Documentation/power/powercap/powercap.rst). Only top-level zones named
/// package-N are added: zones below overlap them, and psys contains them. A counter that fell has wrapped once at its range; a zone's
/// first sample after a gap or an error only sets the zero point. Needs a sample well within the shortest wrap (164 s at 400 W).
/// </summary>
internal sealed class RaplMeter(string sysfsRoot)
{
    private readonly string _folder = Path.Combine(sysfsRoot, "class/powercap");
    private readonly Dictionary<string, long> _last = [];

    /// <summary>Energy since the first sample, J; monotone.</summary>
    internal double Joules { get; private set; }

    /// <summary>Why there is no reading; empty when the last sample worked.</summary>
    internal string Reason { get; private set; } = "not sampled";

    /// <summary>Takes a sample; false with <see cref="Reason"/> when no package zone can be read.</summary>
    internal bool Sample()
    {
        int zones = 0;
        Reason = $"no RAPL package zone under '{_folder}' (no powercap driver, or a virtual machine)";
        foreach (string zone in Zones())
        {
            try
            {
                if (!File.ReadAllText(Path.Combine(zone, "name")).StartsWith("package", StringComparison.Ordinal))
                {
                    continue;
                }

                Add(zone, Number(zone, "energy_uj"), Number(zone, "max_energy_range_uj"));
                zones++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
            {
                _last.Remove(zone);
                Reason = $"'{zone}' cannot be read: {e.Message} (energy_uj is for root, or CAP_DAC_READ_SEARCH)";
                return false;
            }
        }

        if (zones > 0)
        {
            Reason = "";
        }

        return zones > 0;
    }

    private IEnumerable<string> Zones() => Directory.Exists(_folder)
        ? Directory.EnumerateFileSystemEntries(_folder, "intel-rapl:*").Where(z => Path.GetFileName(z).Count(c => c == ':') == 1)
        : [];

    private void Add(string zone, long energyUj, long rangeUj)
    {
        if (_last.TryGetValue(zone, out long last))
        {
            long delta = energyUj - last;
            Joules += (delta < 0 ? delta + rangeUj : delta) / 1e6;
        }

        _last[zone] = energyUj;
    }

    private static long Number(string zone, string file) =>
        long.Parse(File.ReadAllText(Path.Combine(zone, file)).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
}
