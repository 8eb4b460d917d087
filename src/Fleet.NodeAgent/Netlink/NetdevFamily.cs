namespace Fleet.NodeAgent.Netlink;

/// <summary>
/// The generic netlink family <c>netdev</c> (Documentation/netlink/specs/netdev.yaml): NAPI instances and queues of a device. Linux 6.8 has
/// the family, 6.13 settings per NAPI, 6.14 suspension.
/// </summary>
internal sealed class NetdevFamily : IDisposable
{
    private const byte QueueGet = 10;
    private const byte NapiGet = 11;
    private const byte NapiSet = 14;

    private const ushort NapiIfindex = 1;
    private const ushort NapiId = 2;
    private const ushort NapiPid = 4;
    private const ushort NapiDefer = 5;
    private const ushort NapiFlush = 6;
    private const ushort NapiSuspend = 7;
    private const ushort NapiThreaded = 8;

    private const ushort QueueId = 1;
    private const ushort QueueIfindex = 2;
    private const ushort QueueType = 3;
    private const ushort QueueNapiId = 4;
    private const ulong QueueTypeReceive = 0;

    private readonly GenericNetlinkSocket _socket;
    private readonly ushort _family;

    private NetdevFamily(GenericNetlinkSocket socket, ushort family)
    {
        _socket = socket;
        _family = family;
    }

    /// <summary>Opens the family in the calling thread's network namespace; null when the kernel does not have it.</summary>
    internal static NetdevFamily? Open()
    {
        var socket = GenericNetlinkSocket.Open();
        ushort? family = socket.ResolveFamily("netdev");
        if (family is { } id)
        {
            return new NetdevFamily(socket, id);
        }

        socket.Dispose();
        return null;
    }

    /// <summary>NAPI instances of the device.</summary>
    internal IReadOnlyList<NapiInstance> Instances(int ifindex) =>
    [
        .. _socket.Request(_family, NapiGet, dump: true, w => w.U32(NapiIfindex, (uint)ifindex))
            .Where(a => a.Unsigned(NapiId) is not null)
            .Select(a => new NapiInstance(
                (uint)a.Unsigned(NapiId)!.Value,
                (int?)a.Unsigned(NapiPid),
                a.Unsigned(NapiDefer),
                a.Unsigned(NapiFlush),
                a.Unsigned(NapiSuspend))
            {
                Threaded = (uint?)a.Unsigned(NapiThreaded),
            }),
    ];

    /// <summary>NAPI id by receive queue of the device; queues that nobody polls are absent.</summary>
    internal IReadOnlyDictionary<int, uint> ReceiveQueues(int ifindex) =>
        _socket.Request(_family, QueueGet, dump: true, w => w.U32(QueueIfindex, (uint)ifindex))
            .Where(a => a.Unsigned(QueueType) == QueueTypeReceive && a.Unsigned(QueueNapiId) is not null)
            .ToDictionary(a => (int)a.Unsigned(QueueId)!.Value, a => (uint)a.Unsigned(QueueNapiId)!.Value);

    /// <summary>Writes the values of one NAPI instance; null leaves a value alone.</summary>
    /// <exception cref="NetlinkException">The kernel refused; nothing of this call is in force then.</exception>
    internal void Set(uint id, ulong? deferHardIrqs, ulong? groFlushTimeoutNs, ulong? irqSuspendTimeoutNs)
    {
        _ = _socket.Request(_family, NapiSet, dump: false, w =>
        {
            w.U32(NapiId, id);
            if (deferHardIrqs is { } defer)
            {
                w.U32(NapiDefer, checked((uint)defer));
            }

            if (groFlushTimeoutNs is { } flush)
            {
                w.U64(NapiFlush, flush);
            }

            if (irqSuspendTimeoutNs is { } suspend)
            {
                w.U64(NapiSuspend, suspend);
            }
        });
    }

    /// <summary>Moves one NAPI instance's polling into a kernel thread, or back into softirq.</summary>
    internal void SetThreaded(uint id, bool threaded) =>
        _socket.Request(_family, NapiSet, dump: false, w => w.U32(NapiId, id).U32(NapiThreaded, threaded ? 1u : 0u));

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
