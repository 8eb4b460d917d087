using Fleet.Core.Measurement;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// Energy from hardware monitoring chips (Documentation/hwmon/sysfs-interface.rst): socket energy counters where there are any (amd_energy),
/// else the power of the processors summed up over time (xgene, fam15h_power). Values that no server reaches are garbage of the chip.
/// </summary>
internal sealed class HwmonMeter(string sysfsRoot) : IEnergyMeter, IDisposable
{
    private const double MostWatts = 20_000;
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(30);
    private static readonly string[] PowerChips = ["xgene_hwmon", "apm_xgene", "fam15h_power", "power_meter"];

    private readonly string _folder = Path.Combine(sysfsRoot, "class/hwmon");
    private readonly List<(HostFile File, EnergyCounter Counter)> _energy = [];
    private readonly List<HostFile> _power = [];
    private readonly string _absent = $"no chip under '{Path.Combine(sysfsRoot, "class/hwmon")}' measures a processor's energy or power";
    private double _integrated;
    private TimeSpan? _last;
    private TimeSpan? _looked;

    /// <inheritdoc/>
    public string Name => "hwmon";

    /// <inheritdoc/>
    public PowerSource Source => PowerSource.Hwmon;

    /// <inheritdoc/>
    public ReadingQuality Quality => _energy.Count > 0 ? ReadingQuality.Measured : ReadingQuality.Sampled;

    /// <inheritdoc/>
    public double Joules => _energy.Count > 0 ? _energy.Sum(e => e.Counter.Joules) : _integrated;

    /// <inheritdoc/>
    public string Reason { get; private set; } = "not sampled";

    /// <inheritdoc/>
    public bool Sample(TimeSpan now)
    {
        if (_energy.Count + _power.Count == 0 && (_looked is not { } looked || now - looked >= LookAgainAfter))
        {
            _looked = now;
            Look();
        }

        if (_energy.Count + _power.Count == 0)
        {
            Reason = _absent;
            return false;
        }

        Reason = "";
        return _energy.Count > 0 ? SampleEnergy(now) : SamplePower(now);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _energy.ForEach(e => e.File.Dispose());
        _power.ForEach(f => f.Dispose());
    }

    private bool SampleEnergy(TimeSpan now)
    {
        foreach ((HostFile file, EnergyCounter counter) in _energy)
        {
            if (file.Number() is not { } microjoules)
            {
                counter.Lost();
                Reason = $"'{file.Path}' cannot be read: {file.Problem}"
                    + (file.Denied ? "; it is for root, or an effective CAP_DAC_READ_SEARCH" : "");
                return false;
            }

            counter.Take(now, microjoules / 1e6, 0);
            if (counter.StandsStill(now))
            {
                Reason = $"'{file.Path}' stands still at {microjoules} uJ: the chip does not count";
                return false;
            }
        }

        return true;
    }

    private bool SamplePower(TimeSpan now)
    {
        double watts = 0;
        foreach (HostFile file in _power)
        {
            double one = file.Number() is { } microwatts ? microwatts / 1e6 : double.NaN;
            if (!(one is > 0 and <= MostWatts))
            {
                Reason = double.IsNaN(one) ? $"'{file.Path}' cannot be read: {file.Problem}"
                    : $"'{file.Path}' says {one:0} W, which no server draws";
                _last = null;
                return false;
            }

            watts += one;
        }

        if (_last is { } last && now - last <= EnergyCounter.LongestGap)
        {
            _integrated += watts * (now - last).TotalSeconds;
        }

        _last = now;
        return true;
    }

    private void Look()
    {
        if (!Directory.Exists(_folder))
        {
            return;
        }

        foreach (string chip in Directory.EnumerateFileSystemEntries(_folder, "hwmon*").Order(StringComparer.Ordinal))
        {
            string name = Read(Path.Combine(chip, "name"));
            foreach (string label in Files(chip, "energy*_label").Where(l => Read(l).StartsWith("Esocket", StringComparison.Ordinal)))
            {
                _energy.Add((new HostFile(label.Replace("_label", "_input", StringComparison.Ordinal)), new EnergyCounter()));
            }

            if (PowerChips.Contains(name))
            {
                _power.AddRange(Files(chip, "power1_average").Concat(Files(chip, "power1_input")).Take(1).Select(p => new HostFile(p)));
            }
        }
    }

    private static IEnumerable<string> Files(string chip, string pattern) =>
        Directory.EnumerateFileSystemEntries(chip, pattern).Order(StringComparer.Ordinal);

    private static string Read(string path)
    {
        using var file = new HostFile(path);
        return file.Text() ?? "";
    }
}
