using System.Globalization;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// NAPI deferral and suspension through the netdev netlink family, the same values on every receive queue of the device. Instances are
/// addressed by queue and their ids resolved for each call, because a driver may re-create them.
/// </summary>
internal sealed class NapiNetlinkDriver : IKnobDriver
{
    private const string DeferPlace = "defer_hard_irqs";
    private const string FlushPlace = "gro_flush_timeout_ns";
    private const string SuspendPlace = "irq_suspend_timeout_ns";

    private readonly NetdevFamily _family;
    private readonly Func<int?> _ifindex;
    private readonly string _device;
    private readonly BusyPollControl? _control;

    /// <param name="family">Netlink family, open in the device's network namespace.</param>
    /// <param name="device">Device name, for messages.</param>
    /// <param name="ifindex">The device's index now; null when the device is gone.</param>
    /// <param name="control">The server's half of suspension; null when the server decides for itself.</param>
    internal NapiNetlinkDriver(NetdevFamily family, string device, Func<int?> ifindex, BusyPollControl? control)
    {
        _family = family;
        _device = device;
        _ifindex = ifindex;
        _control = control;
    }

    /// <inheritdoc/>
    public string Name => "napi-netlink";

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe()
    {
        IReadOnlyDictionary<int, NapiInstance> queues;
        try
        {
            queues = Queues();
        }
        catch (KnobException e)
        {
            return
            [
                new(NapiKnobs.Flush, KnobAvailability.Absent, e.Message, null),
                new(NapiKnobs.Suspend, KnobAvailability.Absent, e.Message, null),
            ];
        }

        NapiInstance first = queues.OrderBy(q => q.Key).First().Value;
        string noSuspend = first.IrqSuspendTimeoutNs is null ? "the kernel has no interrupt suspension (Linux 6.14 and newer have it)" : "";
        return
        [
            new(NapiKnobs.Flush, KnobAvailability.Available, "", FlushUs(first)),
            new(
                NapiKnobs.Suspend,
                noSuspend.Length == 0 ? KnobAvailability.Available : KnobAvailability.Absent,
                noSuspend,
                (long?)first.IrqSuspendTimeoutNs / 1000),
        ];
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Snapshot()
    {
        var values = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach ((int queue, NapiInstance napi) in Queues())
        {
            void Add(string place, ulong? value)
            {
                if (value is { } v)
                {
                    values[Place(queue, place)] = checked((long)v);
                }
            }

            Add(DeferPlace, napi.DeferHardIrqs);
            Add(FlushPlace, napi.GroFlushTimeoutNs);
            Add(SuspendPlace, napi.IrqSuspendTimeoutNs);
        }

        return values;
    }

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        long flushUs = values[NapiKnobs.FlushName];
        long? suspendUs = values.TryGetValue(NapiKnobs.SuspendName, out long s) ? s : null;
        var wanted = new Dictionary<string, long>();
        foreach (int queue in Queues().Keys)
        {
            wanted[Place(queue, DeferPlace)] = flushUs > 0 ? NapiKnobs.DeferHardIrqs : 0;
            wanted[Place(queue, FlushPlace)] = flushUs * 1000;
            if (suspendUs is { } us)
            {
                wanted[Place(queue, SuspendPlace)] = us * 1000;
            }
        }

        Restore(wanted);
        IReadOnlyDictionary<string, long> found = Snapshot();
        foreach ((string place, long value) in wanted)
        {
            if (!found.TryGetValue(place, out long readBack) || readBack != value)
            {
                throw new KnobException($"{_device} {place}: wrote {value}, the kernel reads back "
                    + (found.ContainsKey(place) ? readBack.ToString(CultureInfo.InvariantCulture) : "nothing (the queue is gone)"));
            }
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, long> snapshot)
    {
        // The server stops preferring to poll before suspension goes, and starts after it is there.
        bool suspends = snapshot.Any(p => p.Key.EndsWith(SuspendPlace, StringComparison.Ordinal) && p.Value > 0);
        if (!suspends)
        {
            _control?.Prefer(false);
        }

        foreach ((int queue, NapiInstance napi) in Queues())
        {
            ulong? Value(string place) => snapshot.TryGetValue(Place(queue, place), out long v) ? checked((ulong)v) : null;
            if (Value(DeferPlace) is null && Value(FlushPlace) is null && Value(SuspendPlace) is null)
            {
                continue;
            }

            try
            {
                _family.Set(napi.Id, Value(DeferPlace), Value(FlushPlace), Value(SuspendPlace));
            }
            catch (NetlinkException e)
            {
                throw new KnobException(
                    $"{_device} queue {queue}: the kernel refused defer {Value(DeferPlace)}, flush {Value(FlushPlace)} ns, "
                    + $"suspend {Value(SuspendPlace)} ns: {e.Message}; CAP_NET_ADMIN in the initial user namespace is needed", e);
            }
        }

        if (suspends)
        {
            _control?.Prefer(true);
        }
    }

    /// <inheritdoc/>
    public string Identity() => string.Join(',', Queues().OrderBy(q => q.Key).Select(q => $"{q.Key}:{q.Value.Id}"));

    /// <summary>Pids of the device's polling kernel threads; empty when polling runs in softirq or the device is gone.</summary>
    internal IReadOnlyList<int> ThreadPids()
    {
        try
        {
            return [.. Queues().Values.Select(n => n.ThreadPid).OfType<int>().Distinct()];
        }
        catch (KnobException)
        {
            return [];
        }
    }

    private static long FlushUs(NapiInstance napi) => napi.DeferHardIrqs > 0 ? (long)(napi.GroFlushTimeoutNs ?? 0) / 1000 : 0;

    private static string Place(int queue, string place) => string.Create(CultureInfo.InvariantCulture, $"rx{queue}.{place}");

    private Dictionary<int, NapiInstance> Queues()
    {
        int ifindex = _ifindex() ?? throw new KnobException($"device {_device} is gone; ip -br link lists the devices that there are");
        try
        {
            IReadOnlyList<NapiInstance> instances = _family.Instances(ifindex);
            if (instances.Count == 0)
            {
                throw new KnobException($"device {_device} has no NAPI instance; a veth has one with: ethtool -K {_device} gro on");
            }

            // A driver that does not say which queue an instance polls creates them in the order of its queues.
            IReadOnlyDictionary<int, uint> queues = _family.ReceiveQueues(ifindex);
            return queues.Count > 0
                ? queues.Join(instances, q => q.Value, n => n.Id, (q, n) => (q.Key, n)).ToDictionary(p => p.Key, p => p.n)
                : instances.OrderBy(n => n.Id).Select((n, i) => (i, n)).ToDictionary(p => p.i, p => p.n);
        }
        catch (NetlinkException e)
        {
            throw new KnobException($"device {_device}: the kernel does not list NAPI instances: {e.Message}", e);
        }
    }
}
