using System.Globalization;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Sensors;

/// <summary>Time that cores spent in each idle state, from <c>cpuN/cpuidle/stateM/time</c> (µs), summed over the cores.</summary>
internal sealed class IdleResidency : IDisposable
{
    /// <summary>Cores that are read; on larger hosts an even sample of them, scaled up, keeps the cost within the agent's budget.</summary>
    private const int MostCores = 16;

    private readonly List<(Signal Signal, List<HostFile> Files)> _states = [];
    private readonly double _scale = 1;

    internal IdleResidency(string sysfsRoot)
    {
        string folder = Path.Combine(sysfsRoot, "devices/system/cpu");
        string[] cores = Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder, "cpu*").Where(c => Directory.Exists(Path.Combine(c, "cpuidle", "state0")))
                .OrderBy(c => c.Length).ThenBy(c => c, StringComparer.Ordinal)]
            : [];
        int stride = Math.Max(1, (cores.Length + MostCores - 1) / MostCores);
        string[] read = [.. cores.Where((_, i) => i % stride == 0)];
        _scale = read.Length == 0 ? 1 : (double)cores.Length / read.Length;
        for (int state = 0; read.Length > 0; state++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"state{state}");
            string[] folders = [.. read.Select(c => Path.Combine(c, "cpuidle", name)).Where(Directory.Exists)];
            if (folders.Length == 0)
            {
                break;
            }

            using var label = new HostFile(Path.Combine(folders[0], "name"));
            string word = (label.Text() ?? name).Replace(' ', '-').ToLowerInvariant();
            _states.Add((new Signal($"idle-{word}", "ms"), [.. folders.Select(f => new HostFile(Path.Combine(f, "time")))]));
        }
    }

    internal IEnumerable<Signal> Signals => _states.Select(s => s.Signal);

    internal void Sample(TimeSpan now)
    {
        foreach ((Signal signal, List<HostFile> files) in _states)
        {
            double us = 0;
            foreach (HostFile file in files)
            {
                us += file.Number() ?? double.NaN;
            }

            signal.Take(now, double.IsNaN(us) ? null : us * _scale / 1000);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _states.ForEach(s => s.Files.ForEach(f => f.Dispose()));
}
