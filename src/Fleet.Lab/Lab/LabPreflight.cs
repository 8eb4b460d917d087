using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Lab;

/// <summary>Whether this machine can host the lab. Every problem names what is missing and the next step.</summary>
public static class LabPreflight
{
    private const string ProbeNamespace = LabNames.NamespacePrefix + "probe";
    private const string ProbeHost = "flabprobe0";
    private const string ProbeDevice = "flabprobe1";

    // Tool and the Debian package that has it.
    private static readonly (string Tool, string Package)[] Tools =
        [("memcached", "memcached"), ("ip", "iproute2"), ("ethtool", "ethtool"), ("taskset", "util-linux"), ("setsid", "util-linux")];

    /// <summary>
    /// All problems; empty when the lab can run here. With root and tools present the kernel is asked by a probe that removes itself.
    /// </summary>
    public static async Task<IReadOnlyList<string>> CheckAsync(LabOptions options, CancellationToken ct = default)
    {
        var problems = new List<string>();
        string[] packages = [.. Tools.Where(t => HostCommand.Find(t.Tool) is null).Select(t => t.Package).Distinct()];
        if (packages.Length > 0)
        {
            string missing = string.Join(", ", Tools.Where(t => HostCommand.Find(t.Tool) is null).Select(t => t.Tool));
            problems.Add($"not installed: {missing}; install with: apt-get install {string.Join(' ', packages)}");
        }

        if (NativeCalls.EffectiveUser() != 0)
        {
            problems.Add("not root: network namespaces and NAPI knobs need it; run as root (sudo)");
        }

        if (problems.Count == 0)
        {
            problems.AddRange(await ProbeAsync(ct));
            await AddForeignRouteProblemAsync(options, problems, ct);
        }

        return problems;
    }

    private static async Task<IReadOnlyList<string>> ProbeAsync(CancellationToken ct)
    {
        (string Step, string Meaning)[] steps =
        [
            ($"ip netns add {ProbeNamespace}", "no network namespaces; a container needs CAP_SYS_ADMIN (privileged)"),
            ($"ip link add {ProbeHost} type veth peer name {ProbeDevice} netns {ProbeNamespace}",
                "no veth devices; load the module: modprobe veth"),
            ($"ethtool -K {ProbeHost} tso off gso off", "the sender's segmentation offload cannot be switched off"),
            ($"ip netns exec {ProbeNamespace} ethtool -K {ProbeDevice} gro on",
                "veth has no GRO, so no NAPI; Linux 5.12 or newer is needed"),
            ($"ip -n {ProbeNamespace} link set {ProbeDevice} up", "the veth cannot be brought up"),
        ];
        try
        {
            await RemoveProbeAsync(ct);
            foreach ((string step, string meaning) in steps)
            {
                try
                {
                    await HostCommand.RunAsync(step, ct);
                }
                catch (LabException e)
                {
                    return [$"{meaning} ({e.Message})"];
                }
            }

            return await ProbeThreadedAsync(ct);
        }
        finally
        {
            await RemoveProbeAsync(CancellationToken.None);
        }
    }

    private static async Task<IReadOnlyList<string>> ProbeThreadedAsync(CancellationToken ct)
    {
        try
        {
            await HostCommand.RunAsync(
                ["ip", "netns", "exec", ProbeNamespace, "sh", "-c", $"echo 1 > /sys/class/net/{ProbeDevice}/threaded"], ct);
            return [];
        }
        catch (LabException e)
        {
            return [$"no threaded NAPI, or /sys is read-only; Linux 5.12 or newer and a writable sysfs are needed ({e.Message})"];
        }
    }

    private static async Task RemoveProbeAsync(CancellationToken ct)
    {
        if (Directory.Exists("/sys/class/net/" + ProbeHost))
        {
            await HostCommand.TryAsync($"ip link del {ProbeHost}", ct);
        }

        if (LabLeftovers.Namespaces().Contains(ProbeNamespace))
        {
            await HostCommand.TryAsync($"ip netns del {ProbeNamespace}", ct);
        }
    }

    private static async Task AddForeignRouteProblemAsync(LabOptions options, List<string> problems, CancellationToken ct)
    {
        // A lab that is up owns these addresses itself.
        string routes = await HostCommand.RunAsync($"ip -o route show to root {LabNames.GuardedNetwork}", ct);
        string[] foreign = [.. routes.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(r =>
            !r.Contains(LabNames.HostDevicePrefix, StringComparison.Ordinal)
            && !r.Contains(LabNames.GuardMetric, StringComparison.Ordinal))];
        if (foreign.Length > 0)
        {
            problems.Add($"the machine routes {LabNames.GuardedNetwork} already ({foreign[0].Trim()}), "
                + $"which the lab of {options.StateDirectory} would take over; remove that route or run on another machine");
        }
    }
}
