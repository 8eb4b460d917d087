namespace Fleet.Proxy.Engine;

/// <summary>Where a request for a key goes: a node's connection, or a pool's rules that decide once the request is known.</summary>
internal interface IOutlet
{
    /// <summary>Takes the bytes of the request that was just added.</summary>
    ByteBuffer Output { get; }

    /// <summary>Why a request cannot be taken now, as the reply to it; null when it can.</summary>
    byte[]? Refusal();

    /// <summary>Notes that a request was refused.</summary>
    void CountRefused();

    /// <summary>Notes a request whose bytes the caller appends to <see cref="Output"/> now.</summary>
    void Add(in PendingRequest request);

    /// <summary>Keeps the key of the retrieval that was just added, to ask for its value again should it be large.</summary>
    void Remember(ReadOnlySpan<byte> key);
}
