using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Sensors;

/// <summary>Mean frequency of the host's clocks now, from cpufreq's <c>scaling_cur_freq</c> (kHz).</summary>
internal sealed class CoreFrequency : IDisposable
{
    private const int MostPolicies = 16;

    private readonly List<HostFile> _files = [];

    internal CoreFrequency(string sysfsRoot)
    {
        string folder = Path.Combine(sysfsRoot, "devices/system/cpu/cpufreq");
        if (Directory.Exists(folder))
        {
            string[] all = [.. Directory.EnumerateDirectories(folder, "policy*").Order(StringComparer.Ordinal)];
            int stride = Math.Max(1, (all.Length + MostPolicies - 1) / MostPolicies);
            _files.AddRange(all.Where((_, i) => i % stride == 0).Select(p => new HostFile(Path.Combine(p, "scaling_cur_freq"))));
        }
    }

    /// <summary>Mean, MHz; null when unknown.</summary>
    internal double? Mhz { get; private set; }

    /// <summary>Monotonic time of the last look.</summary>
    internal TimeSpan At { get; private set; }

    /// <summary>Why it is unknown; empty when it is known.</summary>
    internal string Reason => _files.Count == 0 ? "no cpufreq policy: the kernel has no cpufreq driver for this processor"
        : Mhz is null ? $"'{_files[0].Path}': {_files[0].Problem}" : "";

    internal void Sample(TimeSpan now)
    {
        double sum = 0;
        foreach (HostFile file in _files)
        {
            sum += file.Number() is { } khz and > 0 ? khz : double.NaN;
        }

        Mhz = _files.Count == 0 || double.IsNaN(sum) ? null : sum / _files.Count / 1000;
        At = now;
    }

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(f => f.Dispose());
}
