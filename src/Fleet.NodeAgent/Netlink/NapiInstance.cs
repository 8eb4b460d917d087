namespace Fleet.NodeAgent.Netlink;

/// <summary>One NAPI instance as the kernel reports it.</summary>
/// <param name="Id">Kernel-wide id; changes when the driver re-creates the instance (a veth's GRO toggles it), so it is never kept.</param>
/// <param name="ThreadPid">Pid of the polling kernel thread; null when polling runs in softirq.</param>
/// <param name="DeferHardIrqs">Empty polls before the interrupt is enabled again.</param>
/// <param name="GroFlushTimeoutNs">Delay of the poll that replaces the interrupt, ns; 0: off.</param>
/// <param name="IrqSuspendTimeoutNs">Longest suspension of the interrupt while the application polls, ns; null: the kernel has no
/// suspension.</param>
internal sealed record NapiInstance(uint Id, int? ThreadPid, ulong? DeferHardIrqs, ulong? GroFlushTimeoutNs, ulong? IrqSuspendTimeoutNs)
{
    /// <summary>1: a kernel thread polls; 0: softirq; null: the kernel does not say per instance.</summary>
    internal uint? Threaded { get; init; }
}
