using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>What a node's next reply is for.</summary>
internal struct PendingRequest
{
    /// <summary>Who waits; never recycled while a request of its is pending.</summary>
    public IReplySink Client;

    /// <summary>Number of the client's reply slot; <see cref="NoSlot"/> when the reply is dropped.</summary>
    public long Slot;

    /// <summary>Timestamp of the turn that took it for sending; 0 while it waits for a connection.</summary>
    public long SentAt;

    public ReplyShape Shape;

    /// <summary>The nominal answer is not wanted.</summary>
    public bool Quiet;

    /// <summary>Binary: the operation that the reply names.</summary>
    public BinaryOpcode Opcode;

    /// <summary>Binary: the client's own number, given back in the reply.</summary>
    public uint Opaque;

    /// <summary>Counts as a hit or a miss.</summary>
    public bool Retrieval;

    /// <summary>A line and a value: a node that refuses the line may read the value as commands.</summary>
    public bool Storage;

    /// <summary>Slot of requests whose reply nobody wants.</summary>
    public const long NoSlot = -1;
}

/// <summary>Requests of one node connection in the order of their replies.</summary>
internal sealed class PendingRing
{
    private PendingRequest[] _ring = new PendingRequest[256];
    private long _head;
    private long _stamped;
    private long _sent;
    private long _tail;

    public int Count => (int)(_tail - _head);

    /// <summary>Number of the oldest request, counted from the start.</summary>
    public long Head => _head;

    /// <summary>Number that the next request gets.</summary>
    public long Tail => _tail;

    /// <summary>The oldest request.</summary>
    public ref PendingRequest Oldest => ref _ring[_head & (_ring.Length - 1)];

    /// <summary>Whether the oldest request has left, so that a reply to it can come.</summary>
    public bool OldestIsSent => _head < _sent;

    public void Add(in PendingRequest request)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[_tail++ & (_ring.Length - 1)] = request;
    }

    public PendingRequest Take()
    {
        PendingRequest request = Oldest;
        _head++;
        _stamped = Math.Max(_stamped, _head);
        _sent = Math.Max(_sent, _head);
        return request;
    }

    /// <summary>Gives every request added since the last call its time of sending.</summary>
    public void Stamp(long timestamp)
    {
        for (; _stamped < _tail; _stamped++)
        {
            _ring[_stamped & (_ring.Length - 1)].SentAt = timestamp;
        }
    }

    /// <summary>Everything added so far is on its way.</summary>
    public void MarkSent() => _sent = _tail;

    private void Grow()
    {
        var larger = new PendingRequest[_ring.Length * 2];
        for (long i = _head; i < _tail; i++)
        {
            larger[i & (larger.Length - 1)] = _ring[i & (_ring.Length - 1)];
        }

        _ring = larger;
    }
}
