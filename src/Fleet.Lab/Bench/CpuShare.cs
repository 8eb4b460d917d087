using System.Globalization;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Bench;

/// <summary>
/// Gives a process no more than a share of CPU time, by a control group of its own (cgroups(7), either version). Where clients and servers
/// need the cores that a proxy is measured on, the proxy's share says when it is saturated, and not what they leave it.
/// </summary>
internal sealed class CpuShare : IDisposable
{
    private const string Root = "/sys/fs/cgroup";
    private const string Prefix = "fleet-bench-";
    private const int PeriodUs = 100_000;
    private readonly string _folder;

    private CpuShare(string folder) => _folder = folder;

    /// <summary>Puts a process, with all its threads, into a group of its own.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="cores">CPU time that it may use, in seconds per second.</param>
    /// <exception cref="LabException">This host has no control groups for CPU time, or refuses to make one.</exception>
    public static CpuShare Limit(int pid, double cores)
    {
        bool unified = File.Exists(Path.Combine(Root, "cgroup.controllers"));
        string parent = unified ? Root : Path.Combine(Root, "cpu");
        string quotaUs = ((int)Math.Round(cores * PeriodUs)).ToString(CultureInfo.InvariantCulture);
        string folder = Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{pid}"));
        try
        {
            RemoveEmpty(parent);
            if (unified)
            {
                File.WriteAllText(Path.Combine(parent, "cgroup.subtree_control"), "+cpu");
            }

            Directory.CreateDirectory(folder);
            if (unified)
            {
                File.WriteAllText(Path.Combine(folder, "cpu.max"), $"{quotaUs} {PeriodUs}");
            }
            else
            {
                File.WriteAllText(Path.Combine(folder, "cpu.cfs_period_us"), $"{PeriodUs}");
                File.WriteAllText(Path.Combine(folder, "cpu.cfs_quota_us"), quotaUs);
            }

            File.WriteAllText(Path.Combine(folder, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));
            return new CpuShare(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new LabException(
                $"cannot limit the CPU time of process {pid} in {folder}: {refused.Message}; run as root where cgroups are writable, or without "
                + "--proxy-share");
        }
    }

    /// <summary>Removes the group; its process must have ended.</summary>
    public void Dispose() => TryRemove(_folder);

    // Those of benchmarks that were killed; the kernel removes none that still has a process.
    private static void RemoveEmpty(string parent)
    {
        foreach (string left in Directory.EnumerateDirectories(parent, Prefix + "*"))
        {
            TryRemove(left);
        }
    }

    private static void TryRemove(string folder)
    {
        try
        {
            // The files in it are the kernel's: they go with the folder.
            Directory.Delete(folder, recursive: false);
        }
        catch (IOException)
        {
            // Its process ends only now; the next benchmark removes it.
        }
    }
}
