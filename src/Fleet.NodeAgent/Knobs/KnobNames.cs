namespace Fleet.NodeAgent.Knobs;

/// <summary>Every knob's stable name, once. docs/knobs.md explains each.</summary>
internal static class KnobNames
{
    internal const string Flush = "napi.gro_flush_timeout_us";
    internal const string Suspend = "napi.irq_suspend_timeout_us";
    internal const string Defer = "napi.defer_hard_irqs";
    internal const string Threaded = "napi.threaded";
    internal const string RxUsecs = "coalesce.rx_usecs";
    internal const string RxFrames = "coalesce.rx_max_frames";
    internal const string TxUsecs = "coalesce.tx_usecs";
    internal const string TxFrames = "coalesce.tx_max_frames";
    internal const string AdaptiveRx = "coalesce.adaptive_rx";
    internal const string AdaptiveTx = "coalesce.adaptive_tx";
    internal const string Frequency = "cpu.frequency_mhz";
    internal const string Governor = "cpu.governor";
    internal const string Preference = "cpu.energy_performance_preference";
    internal const string Turbo = "cpu.turbo";
    internal const string IdleState = "cpu.idle_deepest_state";
    internal const string DmaLatency = "cpu.dma_latency_us";
    internal const string Affinity = "irq.affinity";

    internal static readonly string[] All =
    [
        Flush, Suspend, Defer, Threaded, RxUsecs, RxFrames, TxUsecs, TxFrames, AdaptiveRx, AdaptiveTx, Frequency, Governor, Preference,
        Turbo, IdleState, DmaLatency, Affinity,
    ];
}
