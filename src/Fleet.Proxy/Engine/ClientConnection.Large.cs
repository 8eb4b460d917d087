using Fleet.Proxy.Protocol;
using Fleet.Proxy.Transfers;

namespace Fleet.Proxy.Engine;

/// <summary>
/// Values too large to pass whole. A client that stores one does nothing else until it is stored: what it asked before has been answered,
/// and what it asks afterwards waits, so its commands keep their order although they travel by different connections.
/// </summary>
internal sealed partial class ClientConnection
{
    private readonly List<LargeRead> _reads = [];
    private LargeStore? _store;
    private bool _alone;

    /// <summary>The keys of what is asked are kept beside the requests, to ask for a large value again.</summary>
    public bool KeepsKeys => _loop.Limits.Streams;

    /// <summary>Reply bytes that the client has not taken.</summary>
    public int OutputBytes => _output.Length;

    /// <summary>A client that leaves still finishes the value that it has begun to store.</summary>
    private bool TakesInput => (!_leaving && _handOver is null) || _store is { IsOver: false };

    /// <summary>Ends the connection at the end of the turn, whatever it waits for.</summary>
    public void Break()
    {
        _broken = true;
        MarkDirty();
    }

    /// <inheritdoc />
    public void OnLarge(in PendingRequest request, NodeConnection node, ReadOnlySpan<byte> key, ReadOnlySpan<byte> header)
    {
        if (Fd < 0 || request.Slot == PendingRequest.NoSlot)
        {
            InFlight--;
            _loop.RecycleWhenIdle(this);
            return;
        }

        _reads.Add(new LargeRead(_loop, this, node, request, key, header));
        MarkDirty();
    }

    /// <summary>The rest of a large value's reply: what ends it, or what takes its place.</summary>
    public void EndLarge(LargeRead read, in PendingRequest request, ReadOnlySpan<byte> reply, ReplyOutcome outcome = ReplyOutcome.Hit)
    {
        _reads.Remove(read);
        InFlight--;
        if (request.Shape == ReplyShape.Binary && outcome != ReplyOutcome.Hit)
        {
            BinaryReply.Translate(_loop.Scratch, request, reply, outcome);
            Slots.Complete(request.Slot, _loop.Scratch.Data, outcome);
            _loop.Scratch.Clear();
        }
        else
        {
            Slots.Complete(request.Slot, reply, outcome);
        }

        MarkDirty();
    }

    private bool IsHeld() => _store is { IsHeld: true } || (_alone && InFlight + Slots.Count > 0);

    private bool TryStore(in ParsedCommand command)
    {
        if (!IsAlone())
        {
            return false;
        }

        bool meta = command.Kind == CommandKind.Meta;
        _loop.Counters.Commands++;
        _loop.Counters.Sets += meta ? 0 : 1;
        _loop.Counters.Metas += meta ? 1 : 0;
        Span<byte> room = stackalloc byte[Words.MaxKey];
        ReadOnlySpan<byte> key = command.Encoded ? Words.Decode(command.Key, room) : command.Key;
        ByteBuffer line = _loop.Scratch;
        line.Append(command.Line);
        line.Append(command.Tail);
        line.Append("\r\n"u8);
        BeginStore(
            new PendingRequest
            {
                Client = this,
                Slot = command.NoReply ? PendingRequest.NoSlot : Slots.Add(),
                Shape = meta ? ReplyShape.Meta : ReplyShape.Line,
                Quiet = command.Quiet,
                Storage = true,
            },
            key,
            command.StreamBytes,
            default);
        _input.Consume(command.Consumed);
        return true;
    }

    private bool TryStore(in BinaryRequest request)
    {
        if (!IsAlone())
        {
            return false;
        }

        _loop.Counters.Commands++;
        _loop.Counters.Count(request.Operation);
        BinaryToMeta.WriteStoreLine(_loop.Scratch, request, request.StreamBytes);
        BeginStore(
            new PendingRequest
            {
                Client = this,
                Slot = Slots.Add(),
                Shape = ReplyShape.Binary,
                Quiet = request.Quiet,
                Opcode = request.Opcode,
                Opaque = request.Opaque,
                Storage = true,
            },
            request.Key,
            request.StreamBytes,
            "\r\n"u8);
        _input.Consume(request.Consumed);
        return true;
    }

    /// <summary>True when every earlier reply is out; else the client's input waits for that.</summary>
    private bool IsAlone()
    {
        _alone = InFlight + Slots.Count > 0;
        _paused |= _alone;
        return !_alone;
    }

    /// <summary>Begins to store; the line is in the loop's scratch.</summary>
    private void BeginStore(in PendingRequest request, ReadOnlySpan<byte> key, long bytes, ReadOnlySpan<byte> tail)
    {
        var store = new LargeStore(_loop, this, request, key, bytes, tail);
        InFlight++;
        byte[]? refusal = _loop.HasRoomForTransfer ? Pool.BeginStore(store, key, _loop.Scratch.Data) : Replies.TooManyTransfers;
        _loop.Scratch.Clear();
        if (refusal is null)
        {
            _store = store;
            return;
        }

        _swallow = bytes;
        OnReply(request, refusal, ReplyOutcome.Error, refusal);
    }

    private void TakeForStore(LargeStore store)
    {
        if (!store.IsOver)
        {
            store.Take(_input);
        }

        if (store.IsOver)
        {
            // Refused or lost before the end: the rest of the value must not be read as commands.
            _swallow = store.Left;
            _store = null;
        }
    }

    /// <summary>Goes on with what waits for the client's turn, or for the client to take more.</summary>
    private void ServeLarge()
    {
        if (_store is { IsOver: true, Left: 0 })
        {
            _store = null;
        }

        // The client ended in the middle of a value: nobody stores half of it.
        _broken |= _endOfInput && _input.Length == 0 && _store is { IsOver: false, Left: > 0 };
        for (int i = 0; i < _reads.Count && !_broken; i++)
        {
            if (_reads[i].IsBegun)
            {
                _reads[i].Pace();
            }
            else if (_reads[i].Slot == Slots.Head)
            {
                _reads[i].Begin();
                return;
            }
        }
    }

    private void AbandonLarge()
    {
        if (_store is { IsOver: false } store)
        {
            store.Abandon();
            InFlight--;
        }

        _store = null;
        InFlight -= _reads.Count;
        foreach (LargeRead read in _reads)
        {
            read.Abandon();
        }

        _reads.Clear();
    }
}
