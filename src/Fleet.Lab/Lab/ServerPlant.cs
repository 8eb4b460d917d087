using System.Globalization;
using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Lab;

/// <summary>
/// The network of one server: a namespace, a veth pair, addresses, and what makes the kernel's NAPI knobs work on it. The receiving end
/// runs NAPI when GRO is on; the sending end must not hand over segments larger than a packet (TSO, GSO), which bypass NAPI. A NAPI
/// thread on the server's core does the work that a network card's interrupt does on a real server, so its CPU time is the server's.
/// The client's receive work, which a veth would do inside the server's send call, is steered to the other cores: a real client has
/// a machine of its own for it.
/// </summary>
internal static class ServerPlant
{
    internal static async Task CreateAsync(int index, int core, CancellationToken ct)
    {
        string space = LabNames.Namespace(index);
        string host = LabNames.HostDevice(index);
        string device = LabNames.ServerDevice(index);
        string[] steps =
        [
            $"ip netns add {space}",
            $"ip link add {host} type veth peer name {device} netns {space}",
            $"ethtool -K {host} tso off gso off gro off",
            $"ip netns exec {space} ethtool -K {device} gro on",
            $"ip addr add {LabNames.HostAddress(index)}/30 dev {host}",
            $"ip -n {space} addr add {LabNames.ServerAddress(index)}/30 dev {device}",
            $"ip -n {space} link set lo up",
            $"ip -n {space} link set {device} up",
            $"ip link set {host} up",
        ];
        foreach (string step in steps)
        {
            await HostCommand.RunAsync(step, ct);
        }

        await HostCommand.RunAsync(
            ["ip", "netns", "exec", space, "sh", "-c", $"echo 1 > /sys/class/net/{device}/threaded"], ct);
        int thread = NapiThreads.Find(index) ?? throw new LabException(
            $"{device} in {space} has no NAPI thread although 'threaded' was written; "
            + "the kernel needs threaded NAPI for veth (Linux 5.12)");
        await HostCommand.RunAsync($"taskset -c -p {core} {thread}", ct);
        if (RealTimeClass.Available)
        {
            await HostCommand.RunAsync($"chrt --fifo -p {RealTimeClass.Server} {thread}", ct);
        }

        SteerClientReceive(host, core);
    }

    /// <summary>
    /// Receive packet steering of the client's end (Documentation/networking/scaling.rst) to every core but the server's.
    /// </summary>
    private static void SteerClientReceive(string device, int core)
    {
        string path = $"/sys/class/net/{device}/queues/rx-0/rps_cpus";
        uint all = Environment.ProcessorCount >= 32 ? uint.MaxValue : (1u << Environment.ProcessorCount) - 1;
        uint others = all & ~(core < 32 ? 1u << core : 0);
        if (others != 0 && File.Exists(path))
        {
            File.WriteAllText(path, others.ToString("x", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Removes what exists of the server's network; its processes are gone already.</summary>
    internal static async Task RemoveAsync(int index, CancellationToken ct)
    {
        if (Directory.Exists("/sys/class/net/" + LabNames.HostDevice(index)))
        {
            await HostCommand.TryAsync($"ip link del {LabNames.HostDevice(index)}", ct);
        }

        if (LabLeftovers.Namespaces().Contains(LabNames.Namespace(index)))
        {
            await HostCommand.RunAsync($"ip netns del {LabNames.Namespace(index)}", ct);
        }
    }

    /// <summary>Whether namespace, both devices and the NAPI thread exist.</summary>
    internal static bool Complete(int index) =>
        LabLeftovers.Namespaces().Contains(LabNames.Namespace(index))
        && Directory.Exists("/sys/class/net/" + LabNames.HostDevice(index))
        && NapiThreads.Find(index) is not null;
}
