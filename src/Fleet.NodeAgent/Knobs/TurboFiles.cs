using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>Turbo frequencies on (1) or off (0): intel_pstate says <c>no_turbo</c>, other drivers <c>boost</c>.</summary>
internal sealed class TurboFiles(string sysfsRoot) : IFileMap
{
    private const string NoTurbo = "no_turbo";

    private readonly string _cpu = Path.Combine(sysfsRoot, "devices/system/cpu");

    /// <inheritdoc/>
    public string Missing => $"neither '{_cpu}/intel_pstate/{NoTurbo}' nor '{_cpu}/cpufreq/boost' exists: no driver that can switch turbo";

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths(IHostFiles files) =>
        [.. new[] { Path.Combine(_cpu, "intel_pstate", NoTurbo), Path.Combine(_cpu, "cpufreq/boost") }.Where(files.Exists).Take(1)];

    /// <inheritdoc/>
    public string Place(string path) => Path.GetFileName(path);

    /// <inheritdoc/>
    public IEnumerable<long> Legal(IHostFiles files, string path) => [0, 1];

    /// <inheritdoc/>
    public string Text(IHostFiles files, string path, long value) => (value == 1) == Inverted(path) ? "0" : "1";

    /// <inheritdoc/>
    public long? Value(string path, string text) => text is "0" or "1" ? (text == "1") == Inverted(path) ? 0 : 1 : null;

    private static bool Inverted(string path) => Path.GetFileName(path) == NoTurbo;
}
