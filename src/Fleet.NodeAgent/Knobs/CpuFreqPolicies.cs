using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>The cpufreq policies of the host: groups of cores that share a clock.</summary>
internal static class CpuFreqPolicies
{
    internal static string Root(string sysfsRoot) => Path.Combine(sysfsRoot, "devices/system/cpu/cpufreq");

    internal static IReadOnlyList<string> In(IHostFiles files, string root) => files.Entries(root, "policy*");

    internal static string Place(string policy, string file) => $"{Path.GetFileName(policy)}.{file}";

    internal static string None(string root) =>
        $"no policy under '{root}': the kernel has no cpufreq driver for this processor (a virtual machine leaves its clock to the host)";
}
