using System.Buffers.Text;
using System.Collections.Immutable;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Routes;

/// <summary>
/// A read that may have to ask a second node. On a miss the value is fetched from the node that may have it (a hot key's owner, a replicated
/// key's primary, or the previous owner of a key that moved) with its flags and remaining time to live, the clients are answered, and the
/// node that missed is filled in. A fill only adds, so it never overwrites; a write or delete seen since the read began, or within the
/// hold-off before, forbids it; and one that is seen while the fill is on its way takes it back.
/// </summary>
internal sealed partial class ReadOperation(StagedRoute route) : IReplySink
{
    private const long Asked = 0;
    private const long Fetched = 1;
    private const long Filled = 2;
    private const long AskedAgain = 3;
    private const long LongestRelative = 60 * 60 * 24 * 30;

    private readonly byte[] _key = new byte[Words.MaxKey];
    private readonly ByteBuffer _bytes = new(route.Loop.Buffers);
    private readonly ByteBuffer _miss = new(route.Loop.Buffers);
    private readonly List<PendingRequest> _waiting = [];
    private ImmutableArray<Move> _moves = [];
    private MoveCounts? _moveCounts;
    private NodeConnection? _node;
    private NodeConnection? _owner;
    private NodeConnection? _other;
    private NodeConnection? _source;
    private int _keyLength;
    private int _nextMove;
    private int _ttlCap;
    private long _started;
    private bool _plain;
    private bool _answered;

    public int InFlight { get; set; }

    public ulong Hash { get; private set; }

    private ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>Takes over a client's request.</summary>
    public void Begin(in PendingRequest request, ReadOnlySpan<byte> key, ulong hash, ReadOnlySpan<byte> bytes, bool plain)
    {
        key.CopyTo(_key);
        _keyLength = key.Length;
        (Hash, _plain, _answered, _started) = (hash, plain, false, route.Loop.Now());
        _bytes.Append(bytes);
        _waiting.Add(request);
    }

    /// <summary>Asks the first node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="owner">Has the value when the node misses: what it says is the truth. Null when the node is the owner itself.</param>
    /// <param name="ttlCap">Longest life of a filled value, s; 0: as long as the source's.</param>
    /// <param name="moves">Changes whose previous owners may have the value.</param>
    /// <param name="other">Asked when the owner misses too.</param>
    public void Send(NodeConnection node, NodeConnection? owner, int ttlCap, ImmutableArray<Move> moves, NodeConnection? other = null)
    {
        (_node, _owner, _other, _ttlCap, _moves, _nextMove) = (node, owner, other, ttlCap, moves, 0);
        Ask(node, Asked);
    }

    /// <summary>True for the same key while the answer is still to come.</summary>
    public bool Joins(ReadOnlySpan<byte> key) => !_answered && key.SequenceEqual(Key);

    /// <summary>Another client waits for the same answer.</summary>
    public void Join(in PendingRequest request) => _waiting.Add(request);

    public void OnReply(in PendingRequest request, ReadOnlySpan<byte> reply, ReplyOutcome outcome, byte[]? constant = null)
    {
        InFlight--;
        switch (request.Slot)
        {
            case Asked when outcome == ReplyOutcome.Line && !reply.StartsWith("HD"u8):
                _miss.Append(reply);
                FetchOrMiss();
                break;
            case Fetched:
                OnFetched(reply, outcome);
                break;
            case Filled:
                OnFilled(reply, outcome);
                break;
            default:
                Answer(reply, outcome, constant);
                break;
        }

        if (InFlight == 0 && _answered)
        {
            Recycle();
        }
    }

    private void Ask(NodeConnection node, long phase)
    {
        // Only plain gets have several waiting, and they are asked alike; quiet ones are told apart when they are answered.
        node.Add(RequestWords.Loud(_waiting[0]) with { Client = this, Slot = phase });
        RememberAt(node);
        node.Output.Append(_bytes.Data);
    }

    private void FetchOrMiss()
    {
        _source = NextSource();
        if (_source is null)
        {
            Answer(_miss.Data, ReplyOutcome.Line, null);
            return;
        }

        route.Counts.Fetched++;
        _source.Add(new PendingRequest { Client = this, Slot = Fetched, Shape = ReplyShape.Meta });
        RememberAt(_source);
        RequestWords.WriteFetch(_source.Output, Key);
    }

    private NodeConnection? NextSource()
    {
        while (_owner is { } owner)
        {
            (_owner, _other) = (_other, null);
            if (owner != _node && owner.IsUsable && owner.Refusal() is null)
            {
                return owner;
            }
        }

        if (!_moves.IsEmpty && IsHeldOff())
        {
            Count(ref route.Counts.HeldOff);
            return null;
        }

        while (_nextMove < _moves.Length)
        {
            Move move = _moves[_nextMove++];
            NodeConnection? previous = route.Pool.PreviousOwner(move, Key);
            if (previous is not null && previous != _node && previous != _source && previous.IsUsable && previous.Refusal() is null)
            {
                _moveCounts = move.Counts[route.Loop.Index];
                _moveCounts.Asked++;
                return previous;
            }
        }

        return null;
    }

    private void OnFetched(ReadOnlySpan<byte> reply, ReplyOutcome outcome)
    {
        int header = reply.IndexOf((byte)'\n') + 1;
        bool found = outcome == ReplyOutcome.Hit && header > 0 && IsSound(reply[..(header - 2)]);
        if (!found)
        {
            FetchOrMiss();
            return;
        }

        Count(ref route.Counts.Found);
        if (_moveCounts is not null)
        {
            _moveCounts.Found++;
        }

        bool overtaken = route.HoldOff.Since(Hash, _started);
        if (overtaken && _moveCounts is not null)
        {
            // A previous owner's value from before a write: to answer with it would undo the write for this client.
            CountHeldOff();
            Answer(_miss.Data, ReplyOutcome.Line, null);
            return;
        }

        bool filled = Fill(reply, header);
        if (_plain)
        {
            MetaRetrieval.WriteClassic(route.Text, reply);
            Answer(route.Text.Data, ReplyOutcome.Hit, null);
            route.Text.Clear();
        }
        else if (filled || _moveCounts is null)
        {
            Ask(filled ? _node! : _source!, AskedAgain);
        }
        else
        {
            Answer(_miss.Data, ReplyOutcome.Line, null);
        }
    }

    private bool Fill(ReadOnlySpan<byte> reply, int header)
    {
        ReadOnlySpan<byte> words = reply[3..(header - 2)];
        _ = Utf8Parser.TryParse(MetaReply.Flag(words, (byte)'t'), out long ttl, out _);
        if (IsHeldOff())
        {
            CountHeldOff();
            return false;
        }

        if (ttl == 0 || !_node!.IsUsable || _node.Refusal() is not null)
        {
            return false;
        }

        ttl = _ttlCap > 0 && (ttl < 0 || ttl > _ttlCap) ? _ttlCap : ttl;
        ttl = ttl > LongestRelative ? route.Loop.UnixSeconds() + ttl : ttl;
        _node.Add(new PendingRequest { Client = this, Slot = Filled, Shape = ReplyShape.Meta, Storage = true });
        RequestWords.WriteAdd(_node.Output, Key, MetaReply.Flag(words, (byte)'f'), ttl, reply[header..]);
        return true;
    }

    private void OnFilled(ReadOnlySpan<byte> reply, ReplyOutcome outcome)
    {
        if (outcome != ReplyOutcome.Line)
        {
            return;
        }

        if (!reply.StartsWith("HD"u8))
        {
            Count(ref route.Counts.Overtaken);
            if (_moveCounts is not null)
            {
                _moveCounts.Overtaken++;
            }

            return;
        }

        Count(ref route.Counts.Filled);
        if (_moveCounts is not null)
        {
            _moveCounts.Filled++;
        }

        if (route.HoldOff.Since(Hash, _started) && _node!.IsUsable && _node.Refusal() is null)
        {
            _node.Add(new PendingRequest { Client = DropSink.Instance, Slot = PendingRequest.NoSlot, Shape = ReplyShape.Meta });
            RequestWords.WriteDelete(_node.Output, Key);
        }
    }

    private void Answer(ReadOnlySpan<byte> reply, ReplyOutcome outcome, byte[]? constant)
    {
        _answered = true;
        route.Land(this);
        foreach (PendingRequest request in _waiting)
        {
            bool silent = RequestWords.IsQuiet(request) && outcome != ReplyOutcome.Error && MetaReply.IsNominal(reply, request.Retrieval);
            request.Client.OnReply(request, silent ? default : reply, outcome, silent ? null : constant);
        }
    }

    /// <summary>A value with its key and flags, and not one that is marked stale.</summary>
    private static bool IsSound(ReadOnlySpan<byte> line) =>
        !MetaReply.Flag(line[3..], (byte)'k').IsEmpty && !MetaReply.Flag(line[3..], (byte)'f').IsEmpty
        && !line.EndsWith(" X"u8) && line.IndexOf(" X "u8) < 0;

    private bool IsHeldOff()
    {
        int ms = route.Pool.Applied.Rules?.WarmUp?.HoldOffMs ?? WarmUpRule.DefaultHoldOffMs;
        return route.HoldOff.Since(Hash, _started - route.Loop.TicksOfMs(ms));
    }

    private void CountHeldOff()
    {
        Count(ref route.Counts.HeldOff);
        if (_moveCounts is not null)
        {
            _moveCounts.HeldOff++;
        }
    }

    private static void Count(ref long counter) => counter++;

    private void Recycle()
    {
        _bytes.Clear();
        _miss.Clear();
        _waiting.Clear();
        (_node, _owner, _other, _source, _moveCounts, _moves) = (null, null, null, null, null, []);
        route.Free(this);
    }
}
