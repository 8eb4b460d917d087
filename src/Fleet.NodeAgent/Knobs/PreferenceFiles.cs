using System.Globalization;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// The energy-performance preference of every policy (Documentation/admin-guide/pm/intel_pstate.rst and amd-pstate.rst): 0 to 255 with names
/// for four values, the same on all. With the performance governor the driver refuses others than performance (EBUSY).
/// </summary>
internal sealed class PreferenceFiles(string sysfsRoot) : IFileMap
{
    private const string File = "energy_performance_preference";

    /// <summary>The names' values in the kernel's intel_pstate driver.</summary>
    private static readonly (long Value, string Name)[] Names =
        [(0, "performance"), (128, "balance_performance"), (192, "balance_power"), (255, "power")];

    private readonly string _root = CpuFreqPolicies.Root(sysfsRoot);

    /// <inheritdoc/>
    public string Missing => $"no policy under '{_root}' has {File}: the scaling driver has no such hint (intel_pstate with hardware "
        + "P-states and amd-pstate in active mode have it)";

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths(IHostFiles files) =>
        [.. CpuFreqPolicies.In(files, _root).Select(p => Path.Combine(p, File)).Where(files.Exists)];

    /// <inheritdoc/>
    public string Place(string path) => CpuFreqPolicies.Place(Path.GetDirectoryName(path)!, File);

    /// <inheritdoc/>
    public IEnumerable<long> Legal(IHostFiles files, string path)
    {
        string list = Path.Combine(Path.GetDirectoryName(path)!, "energy_performance_available_preferences");
        string[] offered = files.Exists(list) ? files.Read(list).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) : [];
        return Names.Where(n => offered.Contains(n.Name)).Select(n => n.Value);
    }

    /// <inheritdoc/>
    public string Text(IHostFiles files, string path, long value) => Names.First(n => n.Value == value).Name;

    /// <inheritdoc/>
    public long? Value(string path, string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
            : Names.Where(n => n.Name == text).Select(n => (long?)n.Value).FirstOrDefault();
}
