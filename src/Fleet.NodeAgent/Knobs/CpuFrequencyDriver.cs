using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// A fixed frequency through cpufreq (Documentation/admin-guide/pm/cpufreq.rst): minimum = maximum on every policy, which works with every
/// scaling driver (intel_pstate, amd-pstate, acpi-cpufreq) and every governor; the userspace governor gets its own file as well. The kernel
/// forbids a minimum above the maximum, so a rising pair is written maximum first and a falling one minimum first. intel_pstate's
/// <c>status</c> is never written: that registers the driver anew and drops every setting.
/// </summary>
internal sealed class CpuFrequencyDriver : IKnobDriver
{
    private const string Min = "scaling_min_freq";
    private const string Max = "scaling_max_freq";
    private const string SetSpeed = "scaling_setspeed";
    private const string Userspace = "userspace";

    /// <summary>More steps than a search tells apart within its budget.</summary>
    private const int MostSteps = 20;

    private readonly IHostFiles _files;
    private readonly string _root;

    internal CpuFrequencyDriver(IHostFiles files, string sysfsRoot)
    {
        _files = files;
        _root = CpuFreqPolicies.Root(sysfsRoot);
    }

    /// <inheritdoc/>
    public string Name => "cpufreq";

    /// <inheritdoc/>
    public KnobCost Cost => KnobCost.Clock;

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe()
    {
        try
        {
            IReadOnlyList<string> policies = Policies();
            if (policies.Count == 0)
            {
                return [KnobDescription.Absent(KnobNames.Frequency, CpuFreqPolicies.None(_root))];
            }

            long[] legalMhz = LegalMhz(policies);
            if (legalMhz.Length == 0)
            {
                return [KnobDescription.Absent(KnobNames.Frequency, $"the policies under '{_root}' have no frequency in common")];
            }

            long[] limits = [.. policies.SelectMany(p => new[] { Khz(p, Min), Khz(p, Max) }).Distinct()];
            string? obstacle = _files.WriteObstacle(Path.Combine(policies[0], Min));
            return
            [
                new(
                    new Knob(KnobNames.Frequency, [.. legalMhz], KnobScale.Linear),
                    obstacle is null ? KnobAvailability.Available : KnobAvailability.ReadOnly,
                    obstacle ?? "",
                    limits.Length == 1 ? limits[0] / 1000 : null),
            ];
        }
        catch (KnobException e)
        {
            return [KnobDescription.Absent(KnobNames.Frequency, e.Message)];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Snapshot()
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string policy in Policies())
        {
            values[CpuFreqPolicies.Place(policy, Min)] = _files.Read(Path.Combine(policy, Min));
            values[CpuFreqPolicies.Place(policy, Max)] = _files.Read(Path.Combine(policy, Max));
            if (IsUserspace(policy))
            {
                values[CpuFreqPolicies.Place(policy, SetSpeed)] = _files.Read(Path.Combine(policy, SetSpeed));
            }
        }

        return values;
    }

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        long mhz = values[KnobNames.Frequency];
        foreach (string policy in Policies())
        {
            string khz = Text(ExactKhz(policy, mhz));
            WriteLimits(policy, khz, khz);
            if (IsUserspace(policy))
            {
                _files.Write(Path.Combine(policy, SetSpeed), khz);
            }
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> snapshot)
    {
        foreach (string policy in Policies())
        {
            if (snapshot.TryGetValue(CpuFreqPolicies.Place(policy, Min), out string? min)
                && snapshot.TryGetValue(CpuFreqPolicies.Place(policy, Max), out string? max))
            {
                WriteLimits(policy, min, max);
            }

            if (snapshot.TryGetValue(CpuFreqPolicies.Place(policy, SetSpeed), out string? speed) && IsUserspace(policy))
            {
                _files.Write(Path.Combine(policy, SetSpeed), speed);
            }
        }
    }

    /// <inheritdoc/>
    public string Identity() => string.Join(',', Policies().Select(Path.GetFileName));

    private IReadOnlyList<string> Policies() => CpuFreqPolicies.In(_files, _root);

    private void WriteLimits(string policy, string min, string max)
    {
        (string, string) minimum = (Min, min), maximum = (Max, max);
        bool rises = Parse(max, policy, Max) > Khz(policy, Max);
        foreach ((string file, string text) in rises ? [maximum, minimum] : new[] { minimum, maximum })
        {
            string path = Path.Combine(policy, file);
            if (_files.Read(path) != text)
            {
                _files.Write(path, text);
            }

            ReadBack(policy, file, text);
        }
    }

    private void ReadBack(string policy, string file, string text)
    {
        string found = _files.Read(Path.Combine(policy, file)).Trim();
        if (found != text.Trim())
        {
            string limit = Path.Combine(policy, "bios_limit");
            string firmware = _files.Exists(limit) ? $"; the firmware's limit is {_files.Read(limit).Trim()}" : "";
            throw new KnobException($"{CpuFreqPolicies.Place(policy, file)}: wrote {text.Trim()} kHz, reads back {found}{firmware}");
        }
    }

    private long[] LegalMhz(IReadOnlyList<string> policies) => [.. policies.Select(PolicyMhz)
        .Aggregate((common, next) => common.Intersect(next)).Order()];

    private IEnumerable<long> PolicyMhz(string policy)
    {
        string list = Path.Combine(policy, "scaling_available_frequencies");
        if (_files.Exists(list))
        {
            return Numbers(_files.Read(list)).Select(k => k / 1000);
        }

        // amd-pstate: below the lowest nonlinear frequency a slower clock costs time and saves nothing.
        string knee = Path.Combine(policy, "amd_pstate_lowest_nonlinear_freq");
        long low = Math.Max(Khz(policy, "cpuinfo_min_freq"), _files.Exists(knee) ? Khz(policy, "amd_pstate_lowest_nonlinear_freq") : 0);
        long lowest = (low + 99_999) / 100_000, highest = Khz(policy, "cpuinfo_max_freq") / 100_000;
        long stride = Math.Max(1, (highest - lowest + MostSteps - 1) / MostSteps);
        return Enumerable.Range(0, (int)Math.Max(0, ((highest - lowest) / stride) + 1)).Select(i => (highest - (i * stride)) * 100);
    }

    private long ExactKhz(string policy, long mhz)
    {
        string list = Path.Combine(policy, "scaling_available_frequencies");
        return _files.Exists(list) ? Numbers(_files.Read(list)).FirstOrDefault(k => k / 1000 == mhz, mhz * 1000) : mhz * 1000;
    }

    private bool IsUserspace(string policy)
    {
        string governor = Path.Combine(policy, "scaling_governor");
        return _files.Exists(governor) && _files.Read(governor).Trim() == Userspace;
    }

    private long Khz(string policy, string file) => Parse(_files.Read(Path.Combine(policy, file)), policy, file);

    private static long Parse(string text, string policy, string file) =>
        long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new KnobException($"'{policy}/{file}' is '{text.Trim()}', not a frequency in kHz");

    private static IEnumerable<long> Numbers(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .Select(t => long.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out long v) ? v : 0).Where(v => v > 0);

    private static string Text(long khz) => khz.ToString(CultureInfo.InvariantCulture) + "\n";
}
