using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// NAPI deferral and suspension through the netdev netlink family, the same values on every receive queue of the device.
/// </summary>
internal sealed class NapiNetlinkDriver : IKnobDriver
{
    private const string DeferPlace = "defer_hard_irqs";
    private const string FlushPlace = "gro_flush_timeout_ns";
    private const string SuspendPlace = "irq_suspend_timeout_ns";

    private readonly NapiQueues _queues;
    private readonly string _device;
    private readonly BusyPollControl? _control;
    private readonly bool _mayWrite;

    /// <param name="queues">The device's instances.</param>
    /// <param name="control">The server's half of suspension; null when the server decides for itself.</param>
    /// <param name="mayWrite">Whether this process has CAP_NET_ADMIN.</param>
    internal NapiNetlinkDriver(NapiQueues queues, BusyPollControl? control, bool mayWrite)
    {
        _queues = queues;
        _device = queues.Device;
        _control = control;
        _mayWrite = mayWrite;
    }

    /// <inheritdoc/>
    public string Name => "napi-netlink";

    /// <inheritdoc/>
    public KnobCost Cost => KnobCost.Queue;

    /// <inheritdoc/>
    public bool OfDevice => true;

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
            return [.. new[] { NapiKnobs.Flush, NapiKnobs.Suspend, NapiKnobs.Defer }
                .Select(k => new KnobDescription(k, KnobAvailability.Absent, e.Message, null))];
        }

        NapiInstance first = queues.OrderBy(q => q.Key).First().Value;
        KnobDescription suspend = first.IrqSuspendTimeoutNs is { } ns
            ? Found(NapiKnobs.Suspend, (long)ns / 1000)
            : new(NapiKnobs.Suspend, KnobAvailability.Absent, "the kernel has no interrupt suspension (Linux 6.14 and newer have it)", null);
        return [Found(NapiKnobs.Flush, FlushUs(first)), suspend, Found(NapiKnobs.Defer, (long?)first.DeferHardIrqs)];
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Snapshot()
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((int queue, NapiInstance napi) in Queues())
        {
            void Add(string place, ulong? value)
            {
                if (value is { } v)
                {
                    values[Place(queue, place)] = v.ToString(CultureInfo.InvariantCulture);
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
        var wanted = new Dictionary<string, string>();
        void Want(int queue, string place, long value) => wanted[Place(queue, place)] = value.ToString(CultureInfo.InvariantCulture);
        foreach (int queue in Queues().Keys)
        {
            if (values.TryGetValue(NapiKnobs.FlushName, out long flushUs))
            {
                long count = values.GetValueOrDefault(KnobNames.Defer, NapiKnobs.DeferHardIrqs);
                Want(queue, DeferPlace, flushUs > 0 ? count : 0);
                Want(queue, FlushPlace, flushUs * 1000);
            }

            if (values.TryGetValue(NapiKnobs.SuspendName, out long suspendUs))
            {
                Want(queue, SuspendPlace, suspendUs * 1000);
            }
        }

        Restore(wanted);
        IReadOnlyDictionary<string, string> found = Snapshot();
        foreach ((string place, string value) in wanted)
        {
            if (found.GetValueOrDefault(place) != value)
            {
                throw new KnobException($"{_device} {place}: wrote {value}, the kernel reads back "
                    + (found.GetValueOrDefault(place) ?? "nothing (the queue is gone)"));
            }
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> snapshot)
    {
        // The server stops preferring to poll before suspension goes, and starts after it is there.
        bool suspends = snapshot.Any(p => p.Key.EndsWith(SuspendPlace, StringComparison.Ordinal) && p.Value != "0");
        if (!suspends)
        {
            _control?.Prefer(false);
        }

        foreach ((int queue, NapiInstance napi) in Queues())
        {
            ulong? Value(string place) => ulong.TryParse(
                snapshot.GetValueOrDefault(Place(queue, place)), NumberStyles.None, CultureInfo.InvariantCulture, out ulong v) ? v : null;
            if (Value(DeferPlace) is null && Value(FlushPlace) is null && Value(SuspendPlace) is null)
            {
                continue;
            }

            _queues.Set(queue, napi.Id, Value(DeferPlace), Value(FlushPlace), Value(SuspendPlace));
        }

        if (suspends)
        {
            _control?.Prefer(true);
        }
    }

    /// <inheritdoc/>
    public string Identity() => _queues.Identity();

    private KnobDescription Found(Knob knob, long? value) => _mayWrite
        ? new(knob, KnobAvailability.Available, "", value)
        : new(knob, KnobAvailability.ReadOnly, "the kernel takes it from CAP_NET_ADMIN in the initial user namespace only", value);

    private static long FlushUs(NapiInstance napi) => napi.DeferHardIrqs > 0 ? (long)(napi.GroFlushTimeoutNs ?? 0) / 1000 : 0;

    private static string Place(int queue, string place) => string.Create(CultureInfo.InvariantCulture, $"rx{queue}.{place}");

    private Dictionary<int, NapiInstance> Queues() => _queues.ByQueue();
}
