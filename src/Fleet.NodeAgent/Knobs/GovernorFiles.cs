using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>The scaling governor of every policy. intel_pstate and amd-pstate in active mode offer performance and powersave only.</summary>
internal sealed class GovernorFiles(string sysfsRoot) : IFileMap
{
    /// <summary>Names by value: numbers never change, because settings that were learned name them.</summary>
    private static readonly string[] Names = ["performance", "powersave", "schedutil", "ondemand", "conservative", "userspace"];

    private readonly string _root = CpuFreqPolicies.Root(sysfsRoot);

    /// <inheritdoc/>
    public string Missing => CpuFreqPolicies.None(_root);

    /// <inheritdoc/>
    public IReadOnlyList<string> Paths(IHostFiles files) =>
        [.. CpuFreqPolicies.In(files, _root).Select(p => Path.Combine(p, "scaling_governor")).Where(files.Exists)];

    /// <inheritdoc/>
    public string Place(string path) => CpuFreqPolicies.Place(Path.GetDirectoryName(path)!, Path.GetFileName(path));

    /// <inheritdoc/>
    public IEnumerable<long> Legal(IHostFiles files, string path)
    {
        string offered = files.Read(Path.Combine(Path.GetDirectoryName(path)!, "scaling_available_governors"));
        return offered.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(n => (long)Array.IndexOf(Names, n)).Where(i => i >= 0);
    }

    /// <inheritdoc/>
    public string Text(IHostFiles files, string path, long value) => Names[value];

    /// <inheritdoc/>
    public long? Value(string path, string text) => Array.IndexOf(Names, text) is >= 0 and var i ? i : null;
}
