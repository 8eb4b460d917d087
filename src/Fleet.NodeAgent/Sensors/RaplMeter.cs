using Fleet.Core.Measurement;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// Energy from powercap (<c>class/powercap/intel-rapl:N[:M]</c>, Documentation/power/powercap/powercap.rst): all zones of one kind.
/// Packages are top-level zones named package-N, memory is the zone dram below them. Zones overlap (package holds core and uncore, psys
/// holds all), so kinds are never added up. Wraps every 164 s at worst (65,536 J at 400 W).
/// </summary>
/// <param name="sysfsRoot">Mount point of sysfs.</param>
/// <param name="kind">Beginning of the zones' names: <c>package</c> or <c>dram</c>.</param>
internal sealed class RaplMeter(string sysfsRoot, string kind = "package") : IEnergyMeter, IDisposable
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(30);

    private readonly string _folder = Path.Combine(sysfsRoot, "class/powercap");
    private readonly Dictionary<string, Zone> _zones = [];
    private readonly string _absent = $"no RAPL {kind} zone under '{Path.Combine(sysfsRoot, "class/powercap")}' "
        + "(no powercap driver, or a virtual machine)";

    private TimeSpan? _looked;

    /// <inheritdoc/>
    public string Name { get; } = "rapl-" + kind;

    /// <inheritdoc/>
    public PowerSource Source => PowerSource.Rapl;

    /// <inheritdoc/>
    public ReadingQuality Quality => ReadingQuality.Measured;

    /// <inheritdoc/>
    public double Joules => _zones.Values.Sum(z => z.Counter.Joules);

    /// <inheritdoc/>
    public string Reason { get; private set; } = "not sampled";

    /// <inheritdoc/>
    public bool Sample(TimeSpan now)
    {
        Reason = _absent;
        if (_zones.Count == 0 && _looked is { } looked && now - looked < LookAgainAfter)
        {
            return false;
        }

        if (_zones.Count == 0)
        {
            _looked = now;
            Look();
        }

        foreach (Zone zone in _zones.Values)
        {
            if (zone.Energy.Number() is not { } energyUj || zone.Range.Number() is not { } rangeUj)
            {
                zone.Counter.Lost();
                HostFile bad = zone.Energy.Problem.Length > 0 ? zone.Energy : zone.Range;
                Reason = $"'{bad.Path}' cannot be read: {bad.Problem}"
                    + (bad.Denied ? "; it is for root, or an effective CAP_DAC_READ_SEARCH" : "; the firmware or hypervisor may not offer it");
                return false;
            }

            zone.Counter.Take(now, energyUj / 1e6, rangeUj / 1e6);
            if (zone.Counter.StandsStill(now))
            {
                Reason = $"'{zone.Energy.Path}' stands still at {energyUj} uJ: the firmware or hypervisor does not count";
                return false;
            }
        }

        if (_zones.Count > 0)
        {
            Reason = "";
        }

        return _zones.Count > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Zone zone in _zones.Values)
        {
            zone.Energy.Dispose();
            zone.Range.Dispose();
        }
    }

    private void Look()
    {
        if (!Directory.Exists(_folder))
        {
            return;
        }

        foreach (string zone in Directory.EnumerateFileSystemEntries(_folder, "intel-rapl:*").Order(StringComparer.Ordinal))
        {
            bool top = Path.GetFileName(zone).Count(c => c == ':') == 1;
            using var name = new HostFile(Path.Combine(zone, "name"));
            if (name.Text()?.StartsWith(kind, StringComparison.Ordinal) == true && top == (kind == "package"))
            {
                _zones[zone] = new Zone(
                    new HostFile(Path.Combine(zone, "energy_uj")), new HostFile(Path.Combine(zone, "max_energy_range_uj")), new EnergyCounter());
            }
        }
    }

    private sealed record Zone(HostFile Energy, HostFile Range, EnergyCounter Counter);
}
