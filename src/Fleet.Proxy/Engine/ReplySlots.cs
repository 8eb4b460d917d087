using Fleet.Proxy.Native;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>Place of one reply, or of one key's part of a retrieval, in the order that the client expects.</summary>
internal struct ReplySlot
{
    /// <summary>Replies still missing; above 1 only for a command that went to several nodes.</summary>
    public int Missing;

    /// <summary>A part of a retrieval that is not its last: its END is left out.</summary>
    public bool Part;

    /// <summary>The kept reply is an error line.</summary>
    public bool Failed;

    /// <summary>Reply that arrived before its turn.</summary>
    public byte[]? Kept;

    public int KeptLength;

    /// <summary>The kept array belongs to the pool.</summary>
    public bool Pooled;
}

/// <summary>
/// Replies of one client in order. A reply whose turn it is goes straight to the client's output; an earlier one is kept until then.
/// A retrieval of several keys is one slot per key; after an error line in it the rest of the retrieval is silent, as the error ended it.
/// </summary>
internal sealed class ReplySlots(BufferPool pool, ByteBuffer output)
{
    private const int EndLength = 5;
    private ReplySlot[] _ring = new ReplySlot[16];
    private long _head;
    private long _tail;
    private bool _retrievalFailed;

    public int Count => (int)(_tail - _head);

    /// <summary>Bytes kept out of turn.</summary>
    public int KeptBytes { get; private set; }

    /// <summary>Bytes given to the output for a retrieval whose last key has not been answered; 0 between retrievals.</summary>
    public int UnfinishedBytes { get; private set; }

    /// <summary>The reply whose turn it is.</summary>
    public long Head => _head;

    /// <summary>The retrieval that the head belongs to has ended with an error: nobody hears the head.</summary>
    public bool HeadIsSilent => _retrievalFailed;

    /// <summary>Where the head's reply goes.</summary>
    public ByteBuffer Output => output;

    /// <summary>Gives the client a piece of the head's reply; completing the slot ends it.</summary>
    public void Stream(ReadOnlySpan<byte> piece) => output.Append(piece);

    /// <summary>A place for the next reply.</summary>
    public long Add(int missing = 1, bool part = false)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[_tail & (_ring.Length - 1)] = new ReplySlot { Missing = missing, Part = part };
        return _tail++;
    }

    /// <summary>A reply that the proxy knows at once. The array must never change.</summary>
    public void AddLocal(byte[] reply, bool part = false)
    {
        long slot = Add(part: part);
        bool error = reply[0] is (byte)'S' or (byte)'C' || ReferenceEquals(reply, Replies.Error);
        Complete(slot, reply, error ? ReplyOutcome.Error : ReplyOutcome.Line, reply);
    }

    /// <summary>A reply that the proxy puts together at once.</summary>
    public void AddLocal(ReadOnlySpan<byte> reply) => Complete(Add(), reply, ReplyOutcome.Line);

    /// <summary>Fills a slot. <paramref name="constant"/>: the reply as an array that never changes, when there is one.</summary>
    public void Complete(long number, ReadOnlySpan<byte> reply, ReplyOutcome outcome, byte[]? constant = null)
    {
        ref ReplySlot slot = ref _ring[number & (_ring.Length - 1)];
        slot.Missing--;
        if (slot.Missing > 0)
        {
            if (outcome == ReplyOutcome.Error && !slot.Failed)
            {
                Keep(ref slot, reply, constant, failed: true);
            }

            return;
        }

        if (slot.Part && outcome != ReplyOutcome.Error)
        {
            reply = reply[..^EndLength];
            constant = null;
        }

        if (number == _head && slot.Kept is null)
        {
            Emit(slot.Part, outcome == ReplyOutcome.Error, reply);
            _head++;
        }
        else if (slot.Kept is null)
        {
            Keep(ref slot, reply, constant, outcome == ReplyOutcome.Error);
        }

        EmitKept();
    }

    /// <summary>True when nothing is missing before this reply: it is the next that the client gets, unless its retrieval has failed.</summary>
    public bool IsNext(long number) => number == _head && !_retrievalFailed;

    /// <summary>Fills the slot of a retrieval's key with its value.</summary>
    public void Complete(long number, in MetaValue value)
    {
        ref ReplySlot slot = ref _ring[number & (_ring.Length - 1)];
        Filled(ref slot, number, value.WriteClassic(RoomOf(ref slot, number, value.MaxClassicBytes), end: !slot.Part));
    }

    /// <summary>
    /// Fills the slot of a retrieval's key with a value that is in a pipe. When it is the next that the client gets, there is a way that
    /// copies nothing.
    /// </summary>
    public void Complete(long number, SplicePipe value)
    {
        ref ReplySlot slot = ref _ring[number & (_ring.Length - 1)];
        ReadOnlySpan<byte> end = Ending(slot.Part);
        int length = value.Length;
        Span<byte> room = RoomOf(ref slot, number, length + end.Length);
        value.Read(room[..length]);
        end.CopyTo(room[length..]);
        Filled(ref slot, number, length + end.Length);
    }

    /// <summary>What follows the bytes of the next slot's value.</summary>
    public ReadOnlySpan<byte> NextEnding => Ending(NextIsPart);

    /// <summary>More of the same retrieval follows the next slot's reply.</summary>
    public bool NextIsPart => _ring[_head & (_ring.Length - 1)].Part;

    /// <summary>The next slot's reply has gone to the client by another way than this; those kept behind it follow.</summary>
    public void PassNext() => Pass(NextIsPart);

    /// <summary>Forgets every slot; its arrays go back to the pool.</summary>
    public void Clear()
    {
        for (; _head < _tail; _head++)
        {
            Release(ref _ring[_head & (_ring.Length - 1)]);
        }

        _retrievalFailed = false;
        UnfinishedBytes = 0;
    }

    private static ReadOnlySpan<byte> Ending(bool part) => part ? "\r\n"u8 : "\r\nEND\r\n"u8;

    /// <summary>Where a value's reply is written: the output when it is its turn, else an array of its own.</summary>
    private Span<byte> RoomOf(ref ReplySlot slot, long number, int mostBytes) =>
        number == _head ? output.Reserve(mostBytes) : slot.Kept = pool.Rent(mostBytes);

    /// <summary>A value's reply was written to its room; the output leaves it out when its retrieval has failed.</summary>
    private void Filled(ref ReplySlot slot, long number, int length)
    {
        slot.Missing--;
        if (number == _head)
        {
            if (_retrievalFailed)
            {
                // Gives back the room.
                output.Consume(0);
            }
            else
            {
                output.Commit(length);
                UnfinishedBytes += length;
            }

            Pass(slot.Part);
            return;
        }

        slot.KeptLength = length;
        slot.Pooled = true;
        KeptBytes += length;
    }

    private void Pass(bool part)
    {
        _retrievalFailed &= part;
        UnfinishedBytes = part ? UnfinishedBytes : 0;
        _head++;
        EmitKept();
    }

    private void EmitKept()
    {
        while (_head < _tail)
        {
            ref ReplySlot slot = ref _ring[_head & (_ring.Length - 1)];
            if (slot.Missing > 0)
            {
                return;
            }

            Emit(slot.Part, slot.Failed, slot.Kept.AsSpan(0, slot.KeptLength));
            Release(ref slot);
            _head++;
        }
    }

    private void Emit(bool part, bool failed, ReadOnlySpan<byte> reply)
    {
        if (!_retrievalFailed)
        {
            output.Append(reply);
            UnfinishedBytes += reply.Length;
        }

        UnfinishedBytes = part ? UnfinishedBytes : 0;
        _retrievalFailed = part && (failed || _retrievalFailed);
    }

    private void Keep(ref ReplySlot slot, ReadOnlySpan<byte> reply, byte[]? constant, bool failed)
    {
        slot.Failed = failed;
        slot.KeptLength = reply.Length;
        slot.Pooled = constant is null && !reply.IsEmpty;
        slot.Kept = constant ?? (reply.IsEmpty ? [] : pool.Rent(reply.Length));
        if (slot.Pooled)
        {
            reply.CopyTo(slot.Kept);
            KeptBytes += reply.Length;
        }
    }

    private void Release(ref ReplySlot slot)
    {
        if (slot.Pooled && slot.Kept is not null)
        {
            KeptBytes -= slot.KeptLength;
            pool.Return(slot.Kept);
        }

        slot.Kept = null;
    }

    private void Grow()
    {
        var larger = new ReplySlot[_ring.Length * 2];
        for (long i = _head; i < _tail; i++)
        {
            larger[i & (larger.Length - 1)] = _ring[i & (_ring.Length - 1)];
        }

        _ring = larger;
    }
}
