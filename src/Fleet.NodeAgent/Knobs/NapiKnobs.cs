using Fleet.Core.Knobs;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// The knobs of NAPI interrupt deferral. The kernel has three values (defer count, flush timeout, suspend timeout); a count without a
/// timeout does nothing and a timeout without a count does nothing, so the pair is one knob: the timeout, with a fixed count when on.
/// </summary>
internal static class NapiKnobs
{
    internal const string FlushName = KnobNames.Flush;
    internal const string SuspendName = KnobNames.Suspend;

    /// <summary>
    /// Empty polls before the interrupt is enabled again while the timeout is on. At 4,000 to 12,000 requests/s on a veth, 2, 100 and a
    /// million gave the same CPU time per request within 5 %; 100 lets an idle host stop polling after 100 timeouts.
    /// </summary>
    internal const long DeferHardIrqs = 100;

    /// <summary>
    /// Delay of the poll that replaces the interrupt, µs: 0 is off. It bounds the added latency, so the steps are fine where promises
    /// of 200 and 500 µs at the 99th percentile put the optimum. 20 costs more CPU than none at moderate load; the model learns that.
    /// </summary>
    internal static readonly Knob Flush = new(FlushName, [0, 20, 50, 100, 150, 200, 250, 300, 350, 400, 450, 600], KnobScale.Log);

    /// <summary>
    /// Longest time that the interrupt stays off while the application polls, µs: 0 is off. It only has to exceed one round of the
    /// application's event loop and to be far above the flush timeout, so one value is enough.
    /// </summary>
    internal static readonly Knob Suspend = new(SuspendName, [0, 20_000], KnobScale.Enum);

    /// <summary>The count itself, for hosts where it is tuned by name; in force only while the timeout is on.</summary>
    internal static readonly Knob Defer = new(KnobNames.Defer, [2, 10, 100, 1000], KnobScale.Log);

    /// <summary>Polling in a kernel thread of its own, which can be scheduled and accounted, instead of softirq.</summary>
    internal static readonly Knob Threaded = new(KnobNames.Threaded, [0, 1], KnobScale.Enum);
}
