namespace Fleet.NodeAgent.Netlink;

/// <summary>The coalescing parameters that Fleet knows.</summary>
internal enum CoalesceParameter
{
    /// <summary>Delay of the receive interrupt after a packet, µs.</summary>
    RxUsecs,

    /// <summary>Packets that trigger the receive interrupt before the delay is over.</summary>
    RxMaxFrames,

    /// <summary>Delay of the transmit completion interrupt, µs.</summary>
    TxUsecs,

    /// <summary>Completions that trigger it before the delay is over.</summary>
    TxMaxFrames,

    /// <summary>Whether the driver moves the receive values itself.</summary>
    AdaptiveRx,

    /// <summary>Whether the driver moves the transmit values itself.</summary>
    AdaptiveTx,
}

/// <summary>One way to the driver's coalescing parameters.</summary>
internal interface ICoalesceChannel : IDisposable
{
    /// <summary>The way's name, for messages.</summary>
    string Name { get; }

    /// <summary>What the driver supports, with its values.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    IReadOnlyDictionary<CoalesceParameter, uint> Get(string device);

    /// <summary>Writes some of the parameters in one call; the others keep their values.</summary>
    /// <exception cref="NetlinkException">The kernel refused.</exception>
    void Set(string device, IReadOnlyDictionary<CoalesceParameter, uint> values);
}
