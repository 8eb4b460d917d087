using System.Runtime.InteropServices;

namespace Fleet.Proxy.Engine;

/// <summary>Values too large to pass whole.</summary>
internal sealed partial class NodeConnection
{
    private const int EntryHead = sizeof(long) + 1;

    // Number and key of each retrieval whose answer is awaited; kept only where values may be that large.
    private readonly ByteBuffer _keys;
    private long _skip;
    private long _skippedAt;

    /// <summary>Since when the oldest request has been waiting for nothing but its own answer.</summary>
    private long OldestAt => Math.Max(_pending.Oldest.SentAt, _skippedAt);

    /// <summary>Keeps the key of the retrieval that was just added, to ask for its value again should it be large.</summary>
    public void Remember(ReadOnlySpan<byte> key)
    {
        Span<byte> entry = _keys.Reserve(EntryHead + key.Length);
        long number = _pending.Tail - 1;
        MemoryMarshal.Write(entry, number);
        entry[sizeof(long)] = (byte)key.Length;
        key.CopyTo(entry[EntryHead..]);
        _keys.Commit(EntryHead + key.Length);
    }

    /// <summary>The oldest request's key; empty when it was not kept.</summary>
    private ReadOnlySpan<byte> OldestKey() =>
        _keys.Length > 0 && MemoryMarshal.Read<long>(_keys.Data) == _pending.Head
            ? _keys.Data.Slice(EntryHead, _keys.Data[sizeof(long)])
            : default;

    /// <summary>Forgets the oldest request's key; its request is about to be taken.</summary>
    private void DropKey()
    {
        ReadOnlySpan<byte> key = _keys.Length == 0 ? default : OldestKey();
        if (!key.IsEmpty)
        {
            _keys.Consume(EntryHead + key.Length);
        }
    }

    /// <summary>Has the value fetched over a connection of its own, and drops what comes of it here. False when its key is not known.</summary>
    private bool TryHandOver(int length, long now)
    {
        ReadOnlySpan<byte> key = OldestKey();
        bool wanted = !ReferenceEquals(_pending.Oldest.Client, DropSink.Instance);
        if (wanted && key.IsEmpty)
        {
            return false;
        }

        ReadOnlySpan<byte> header = _input.Data[..(_input.Data.IndexOf((byte)'\n') + 1)];
        Span<byte> kept = stackalloc byte[byte.MaxValue];
        key.CopyTo(kept);
        kept = kept[..key.Length];
        DropKey();
        PendingRequest request = _pending.Take();
        Count(request, header, Protocol.ReplyOutcome.Hit, now);
        if (wanted)
        {
            request.Client.OnLarge(request, this, kept, header);
        }

        _skip = length;
        return true;
    }

    private void Skip(long now)
    {
        int dropped = (int)Math.Min(_skip, _input.Length);
        _input.Consume(dropped);
        _skip -= dropped;
        _skippedAt = now;
    }
}
