using Fleet.Core.Routing;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Routes;

/// <summary>
/// The way to the nodes of a pool whose rules ask for more than an owner per key. A request is staged until its bytes are complete (the next
/// request comes, or the turn ends); then the rules decide which nodes get it and who waits for the replies. One per pool and loop; nothing
/// is allocated per request.
/// </summary>
internal sealed partial class StagedRoute(EventLoop loop, LoopPool pool) : IOutlet
{
    private readonly byte[] _key = new byte[Words.MaxKey];
    private readonly Stack<ReadOperation> _freeReads = new();
    private readonly Stack<WriteOperation> _freeWrites = new();
    private readonly Dictionary<ulong, ReadOperation> _flights = [];
    private readonly HotKeyDetector _hotKeys = new();
    private int _keyLength;
    private PendingRequest _request;
    private NodeConnection? _target;
    private bool _failedOver;
    private bool _open;

    public ByteBuffer Output { get; } = new(loop.Buffers);

    /// <summary>Room to put a reply together; empty between uses.</summary>
    public ByteBuffer Text { get; } = new(loop.Buffers);

    public EventLoop Loop => loop;

    public LoopPool Pool => pool;

    public RouteCounts Counts => pool.Counts;

    public HoldOff HoldOff => pool.Published.HoldOff;

    private PoolDefinition Rules => pool.Applied.Rules!;

    private ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>Begins a request for a key; null when no node takes requests.</summary>
    public IOutlet? Open(ReadOnlySpan<byte> key)
    {
        Complete();
        key = key[..Math.Min(key.Length, _key.Length)];
        key.CopyTo(_key);
        _keyLength = key.Length;
        _failedOver = false;
        _target = Rules.Kind == PoolKind.Replicated ? pool.Primary(key) : pool.Owner(key, out _failedOver);
        return _target is null ? null : this;
    }

    public byte[]? Refusal() => _target!.Refusal();

    public void CountRefused() => _target!.CountRefused();

    public void Add(in PendingRequest request)
    {
        _request = request;
        _request.Client.InFlight++;
        _open = true;
        loop.AddStaged(this);
    }

    /// <summary>The key is known already.</summary>
    public void Remember(ReadOnlySpan<byte> key)
    {
        // Whoever the request is passed on to is told then.
    }

    /// <summary>Sends the staged request by the rules.</summary>
    public void Complete()
    {
        if (!_open)
        {
            return;
        }

        _open = false;
        ChooseAgain();
        Shadow();
        RequestKind kind = RequestWords.KindOf(Output.Data);
        if (Rules.Kind == PoolKind.Replicated)
        {
            Replicate(kind);
        }
        else if (_failedOver)
        {
            StandIn();
        }
        else if (kind == RequestKind.Read)
        {
            Read();
        }
        else
        {
            Write();
        }

        Output.Clear();
        (_request, _target) = (default, null);
    }

    /// <summary>A get has been answered: later ones ask anew.</summary>
    public void Land(ReadOperation flight)
    {
        if (_flights.TryGetValue(flight.Hash, out ReadOperation? present) && ReferenceEquals(present, flight))
        {
            _flights.Remove(flight.Hash);
        }
    }

    public void Free(ReadOperation operation) => _freeReads.Push(operation);

    public void Free(WriteOperation operation) => _freeWrites.Push(operation);

    // The target may have been lost since the request began, in the same turn: what has not left need not be lost with it.
    private void ChooseAgain()
    {
        if (Rules.Kind != PoolKind.Replicated && !_failedOver && !_target!.IsUsable)
        {
            _target = pool.Owner(Key, out _failedOver) ?? _target;
        }
    }

    private void Shadow()
    {
        const ulong Parts = 100_000;
        if (Rules.Shadow is not { } shadow || !loop.Pools.TryGetValue(shadow.Pool, out LoopPool? other)
            || (KeyHash.Of(Key) >> 16) % Parts >= shadow.Percent * (Parts / 100)
            || other.Plain(Key) is not { } node || node.Refusal() is not null)
        {
            return;
        }

        Counts.Shadowed++;
        node.Add(_request with { Client = DropSink.Instance, Slot = PendingRequest.NoSlot });
        node.Output.Append(Output.Data);
    }

    /// <summary>Passes the request on as it came.</summary>
    private void Forward(NodeConnection node)
    {
        // The connection counts it again.
        _request.Client.InFlight--;
        node.Add(_request);
        RememberAt(node);
        node.Output.Append(Output.Data);
    }

    private void StandIn()
    {
        Counts.FailedOver++;
        _request.Client.InFlight--;
        _target!.Add(_request);
        RememberAt(_target);
        TtlCap.Write(_target.Output, Output.Data, Rules.Failover!.MaxTtlSeconds, loop.UnixSeconds());
    }

    private void Read()
    {
        ulong hash = KeyHash.Of(Key);
        bool plain = RequestWords.IsPlainGet(_request, Output.Data);
        NodeConnection node = _target!;
        int cap = 0;
        if (Rules.HotKeys is { } hot && _request.Retrieval && RequestWords.IsSpreadable(Output.Data)
            && _hotKeys.Read(hash, hot.SharePercent) && pool.Copy(Key, hot.Copies) is { } copy)
        {
            (node, cap) = (copy, hot.MaxTtlSeconds);
            Counts.Spread += copy == _target ? 0 : 1;
        }

        if (plain && Rules.Coalesce && _flights.TryGetValue(hash, out ReadOperation? flight) && flight.Joins(Key))
        {
            Counts.Coalesced++;
            flight.Join(_request);
            return;
        }

        bool copied = node != _target;
        bool moved = _request.Retrieval && !pool.Applied.Moves.IsEmpty && pool.HasMoved(Key, node);
        bool shared = plain && Rules.Coalesce;
        if (!copied && !moved && !shared)
        {
            Forward(node);
            return;
        }

        ReadOperation operation = NewRead();
        operation.Begin(_request, Key, hash, Output.Data, plain);
        operation.Send(node, copied ? _target : null, cap, moved ? pool.Applied.Moves : []);
        if (shared)
        {
            _flights.TryAdd(hash, operation);
        }
    }

    /// <summary>A write goes to the owner; what other nodes hold of the key goes, so that it can never come back.</summary>
    private void Write()
    {
        NoteWrite();
        DeleteCopies();
        Forward(_target!);
    }

    private void DeleteCopies()
    {
        if (Rules.HotKeys is { } hot && _hotKeys.IsHot(KeyHash.Of(Key)))
        {
            pool.ForEachCopy(Key, hot.Copies, this, static (route, node) => route.DeleteAt(node));
        }

        foreach (Move move in pool.Applied.Moves)
        {
            if (pool.PreviousOwner(move, Key) is { } previous && previous != _target)
            {
                DeleteAt(previous);
            }
        }
    }

    private void NoteWrite()
    {
        ulong hash = KeyHash.Of(Key);
        _flights.Remove(hash);
        HoldOff.Note(hash, loop.Now());
    }

    private void DeleteAt(NodeConnection node)
    {
        if (node != _target && node.IsUsable && node.Refusal() is null)
        {
            node.Add(new PendingRequest { Client = DropSink.Instance, Slot = PendingRequest.NoSlot, Shape = ReplyShape.Meta });
            RequestWords.WriteDelete(node.Output, Key);
        }
    }

    private void Replicate(RequestKind kind)
    {
        if (kind == RequestKind.Read)
        {
            NodeConnection primary = _target!;
            bool spread = _request.Retrieval && RequestWords.IsSpreadable(Output.Data);
            NodeConnection node = spread ? pool.PickReplica() ?? primary : primary;

            // A replica that joined or was emptied misses what the others have, also as the primary.
            NodeConnection? other = pool.OtherReplica(Key, node, primary);
            if (!_request.Retrieval || (node == primary && other is null))
            {
                Forward(node);
                return;
            }

            ReadOperation operation = NewRead();
            operation.Begin(_request, Key, KeyHash.Of(Key), Output.Data, RequestWords.IsPlainGet(_request, Output.Data));
            operation.Send(node, primary, ttlCap: 0, [], other);
            return;
        }

        NoteWrite();
        WriteOperation write = _freeWrites.TryPop(out WriteOperation? free) ? free : new WriteOperation(this);
        write.Send(_request, Key, Output.Data, kind, _target!);
    }

    private ReadOperation NewRead() => _freeReads.TryPop(out ReadOperation? free) ? free : new ReadOperation(this);
}
