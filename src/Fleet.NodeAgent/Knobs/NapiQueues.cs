using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// The device's NAPI instances by receive queue. They are addressed by queue and their ids resolved for each call, because a driver may
/// re-create them (a veth does when its GRO toggles).
/// </summary>
/// <param name="family">Netlink family, open in the device's network namespace.</param>
/// <param name="device">Device name, for messages.</param>
/// <param name="ifindex">The device's index now; null when the device is gone.</param>
internal sealed class NapiQueues(NetdevFamily family, string device, Func<int?> ifindex)
{
    /// <summary>Device name, for messages.</summary>
    internal string Device => device;

    /// <exception cref="KnobException">The device is gone or has no instance.</exception>
    internal Dictionary<int, NapiInstance> ByQueue()
    {
        int index = ifindex() ?? throw new KnobException($"device {device} is gone; ip -br link lists the devices that there are");
        try
        {
            IReadOnlyList<NapiInstance> instances = family.Instances(index);
            if (instances.Count == 0)
            {
                throw new KnobException($"device {device} has no NAPI instance; a veth has one with: ethtool -K {device} gro on");
            }

            // A driver that does not say which queue an instance polls creates them in the order of its queues.
            IReadOnlyDictionary<int, uint> queues = family.ReceiveQueues(index);
            return queues.Count > 0
                ? queues.Join(instances, q => q.Value, n => n.Id, (q, n) => (q.Key, n)).ToDictionary(p => p.Key, p => p.n)
                : instances.OrderBy(n => n.Id).Select((n, i) => (i, n)).ToDictionary(p => p.i, p => p.n);
        }
        catch (NetlinkException e)
        {
            throw new KnobException($"device {device}: the kernel does not list NAPI instances: {e.Message}", e);
        }
    }

    /// <summary>What identifies the instances: their ids by queue.</summary>
    internal string Identity() => string.Join(',', ByQueue().OrderBy(q => q.Key).Select(q => $"{q.Key}:{q.Value.Id}"));

    /// <summary>Pids of the device's polling kernel threads; empty when polling runs in softirq or the device is gone.</summary>
    internal IReadOnlyList<int> ThreadPids()
    {
        try
        {
            return [.. ByQueue().Values.Select(n => n.ThreadPid).OfType<int>().Distinct()];
        }
        catch (KnobException)
        {
            return [];
        }
    }

    /// <exception cref="KnobException">The kernel refused.</exception>
    internal void Set(int queue, uint id, ulong? defer, ulong? flushNs, ulong? suspendNs)
    {
        try
        {
            family.Set(id, defer, flushNs, suspendNs);
        }
        catch (NetlinkException e)
        {
            throw new KnobException(
                $"{device} queue {queue}: the kernel refused defer {defer}, flush {flushNs} ns, suspend {suspendNs} ns: {e.Message}; "
                + "CAP_NET_ADMIN in the initial user namespace is needed", e);
        }
    }

    /// <exception cref="KnobException">The kernel refused.</exception>
    internal void SetThreaded(int queue, uint id, bool threaded)
    {
        try
        {
            family.SetThreaded(id, threaded);
        }
        catch (NetlinkException e)
        {
            throw new KnobException(
                $"{device} queue {queue}: the kernel refused threaded {threaded}: {e.Message}; CAP_NET_ADMIN is needed", e);
        }
    }
}
