namespace Fleet.Proxy.Protocol;

/// <summary>One request of the binary protocol as spans of the input that it was parsed from.</summary>
internal ref struct BinaryRequest
{
    /// <summary>As sent, quiet or not.</summary>
    public BinaryOpcode Opcode;

    /// <summary>The operation without its quietness; a quiet get with key is a get with key.</summary>
    public BinaryOpcode Operation;

    /// <summary>The nominal answer is not wanted.</summary>
    public bool Quiet;

    /// <summary>The client's own number, given back in the reply.</summary>
    public uint Opaque;

    /// <summary>The unique that the item must have; 0 for any.</summary>
    public ulong Unique;

    public ReadOnlySpan<byte> Extras;

    public ReadOnlySpan<byte> Key;

    public ReadOnlySpan<byte> Value;

    /// <summary>Anything but <see cref="BinaryStatus.Ok"/>: refused with this; Internal: no request at all.</summary>
    public BinaryStatus Problem;

    /// <summary>The connection ends after the reply: what follows cannot be understood.</summary>
    public bool Close;

    /// <summary>A stored value that is too large: the old value of <see cref="Key"/> must go, as memcached does.</summary>
    public bool Evict;

    /// <summary>Bytes of the value that follow <see cref="Consumed"/>; 0 when <see cref="Value"/> holds them.</summary>
    public long StreamBytes;

    /// <summary>Bytes of input that the request takes.</summary>
    public int Consumed;

    /// <summary>Bytes still to be dropped after <see cref="Consumed"/>.</summary>
    public long Swallow;
}
