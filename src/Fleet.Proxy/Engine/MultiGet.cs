using Fleet.Core.Routing;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>
/// A get of many keys in a pool without rules: each owner is asked for all of its keys by one classic get, and what it sends is copied as
/// it comes, many values at a time. The client gets the values in the order of its keys, as memcached tells them: a piece as soon as it is
/// worth a call, the rest when every owner has ended. An owner that fails ends the reply with its error at the first key that it owes.
/// Nothing is allocated once its arrays have the size of what clients ask for.
/// </summary>
internal sealed class MultiGet(EventLoop loop) : IReplySink
{
    // By one key at a time a node can gather its replies to several clients (see MetaRetrieval); from here on one get of all is cheaper.
    private const int FewestKeysPerNode = 4;

    // From here on a call of its own costs less than waiting for the rest.
    private const int PieceBytes = 16 * 1024;
    private const int FirstKeys = 128;

    // Room for more is not kept: few clients ask for so many, and each retrieval in flight has its own.
    private const int MostKeysKept = 4096;

    private ClientConnection _client = null!;
    private MultiGetKey[] _keys = new MultiGetKey[FirstKeys];
    private KeySpan[] _placing = new KeySpan[FirstKeys];
    private int[] _owners = new int[FirstKeys];
    private MultiGetPart[] _parts = [];
    private int[] _partOfNode = [];
    private byte[] _text = [];
    private int _keyCount;
    private int _partCount;
    private int _awaited;
    private int _nextKey;
    private int _emitted;
    private int _held;
    private long _slot;
    private bool _failed;

    public int InFlight { get; set; }

    /// <summary>True for a retrieval that is better asked together.</summary>
    /// <param name="pool">Where its keys are.</param>
    /// <param name="keys">The keys, parted by spaces.</param>
    public static bool IsWorth(LoopPool pool, ReadOnlySpan<byte> keys) =>
        pool.IsPlain && keys.Length > FewestKeysPerNode * 2 && keys.Count((byte)' ') + 1 >= FewestKeysPerNode * Math.Max(pool.Connections.Length, 1);

    /// <summary>Asks the owners of the keys.</summary>
    /// <param name="client">Who waits.</param>
    /// <param name="verb">get or gets.</param>
    /// <param name="keys">The keys, parted by spaces; each is legal.</param>
    public void Begin(ClientConnection client, ReadOnlySpan<byte> verb, ReadOnlySpan<byte> keys)
    {
        (_client, _slot) = (client, client.Slots.Add());
        client.InFlight++;
        _text = loop.Buffers.Rent(keys.Length);
        keys.CopyTo(_text);
        ReadOnlySpan<NodeConnection> nodes = client.Pool.Connections;
        if (_partOfNode.Length <= nodes.Length)
        {
            _partOfNode = new int[nodes.Length + 1];
        }

        Split(keys);
        client.Pool.Find(_text, _placing.AsSpan(0, _keyCount), _owners);
        for (int i = 0; i < _keyCount; i++)
        {
            Ask(verb, i, _owners[i] < 0 ? nodes.Length : _owners[i], nodes);
        }

        loop.Counters.Gets += _keyCount;
        for (int i = 0; i < _partCount; i++)
        {
            MultiGetPart part = _parts[i];
            _partOfNode[part.NodeIndex] = 0;
            if (!part.HasFailed)
            {
                part.Node!.Output.Append("\r\n"u8);
            }
        }

        if (_awaited == 0)
        {
            End();
        }
    }

    /// <summary>Keys that one owner was asked for.</summary>
    public int KeysOf(in PendingRequest request) => _parts[(int)request.Slot].Keys;

    /// <summary>Values that one owner has sent.</summary>
    public int HitsOf(in PendingRequest request) => _parts[(int)request.Slot].Hits;

    /// <summary>
    /// Takes the values that have come from an owner. NeedMore: the rest is to come; Line: it has ended; Error: it says why it cannot;
    /// Malformed: it says what it was not asked for.
    /// </summary>
    /// <param name="request">As it was given to the owner.</param>
    /// <param name="input">What the owner sent.</param>
    /// <param name="maxValueBytes">Longest value that can be meant.</param>
    /// <param name="taken">Bytes of the values that were taken.</param>
    /// <param name="length">Bytes of what follows them; when more must come and it is known, how many in all.</param>
    public ReplyOutcome Take(in PendingRequest request, ReadOnlySpan<byte> input, int maxValueBytes, out int taken, out int length)
    {
        MultiGetPart part = _parts[(int)request.Slot];
        taken = 0;
        ReplyOutcome outcome;
        while ((outcome = ReplyParser.ParseItem(input[taken..], maxValueBytes, out length)) == ReplyOutcome.Hit)
        {
            if (!TryPlace(part, input.Slice(taken, length)))
            {
                outcome = ReplyOutcome.Malformed;
                break;
            }

            taken += length;
        }

        if (taken > 0 && _client.Fd >= 0)
        {
            part.Values.Append(input[..taken]);
            Hold(taken);
            if (_held >= PieceBytes && _client.Slots.IsNext(_slot))
            {
                GivePiece();
            }

            _client.MarkDirty();
        }

        return outcome;
    }

    /// <summary>An owner has ended, or failed.</summary>
    public void OnReply(in PendingRequest request, ReadOnlySpan<byte> reply, ReplyOutcome outcome, byte[]? constant = null)
    {
        InFlight--;
        MultiGetPart part = _parts[(int)request.Slot];
        if (outcome == ReplyOutcome.Error)
        {
            part.Fail(reply);
        }
        else
        {
            Miss(part, until: MultiGetKey.None);
        }

        if (--_awaited == 0)
        {
            End();
        }
    }

    private void Split(ReadOnlySpan<byte> keys)
    {
        ReadOnlySpan<byte> rest = keys;
        for (ReadOnlySpan<byte> key = Words.Next(ref rest); !key.IsEmpty; key = Words.Next(ref rest))
        {
            if (_keyCount == _keys.Length)
            {
                Array.Resize(ref _keys, _keyCount * 2);
                Array.Resize(ref _placing, _keyCount * 2);
                Array.Resize(ref _owners, _keyCount * 2);
            }

            var span = new KeySpan(keys.Length - rest.Length - key.Length, key.Length);
            _placing[_keyCount] = _client.Pool.Placing(keys, span);
            _keys[_keyCount++] = new MultiGetKey { Span = span, Next = MultiGetKey.None, Bytes = MultiGetKey.Owed };
        }
    }

    private void Ask(ReadOnlySpan<byte> verb, int number, int index, ReadOnlySpan<NodeConnection> nodes)
    {
        int ordinal = _partOfNode[index] - 1;
        if (ordinal < 0)
        {
            ordinal = Open(index, index < nodes.Length ? nodes[index] : null, verb);
        }

        _keys[number].Part = ordinal;
        MultiGetPart part = _parts[ordinal];
        if (part.Keys++ == 0)
        {
            part.Expected = number;
        }
        else
        {
            _keys[part.Last].Next = number;
        }

        part.Last = number;
        if (part.HasFailed)
        {
            part.Node?.CountRefused();
            return;
        }

        ReadOnlySpan<byte> key = _keys[number].Span.Of(_text);
        Span<byte> room = part.Node!.Output.Reserve(key.Length + 1);
        room[0] = (byte)' ';
        key.CopyTo(room[1..]);
        part.Node.Output.Commit(key.Length + 1);
    }

    private int Open(int index, NodeConnection? node, ReadOnlySpan<byte> verb)
    {
        int ordinal = _partCount++;
        if (ordinal == _parts.Length)
        {
            Array.Resize(ref _parts, Math.Max(_parts.Length * 2, 4));
        }

        MultiGetPart part = _parts[ordinal] ??= new MultiGetPart(loop.Buffers);
        part.Open(index, node);
        _partOfNode[index] = ordinal + 1;
        byte[]? refusal = node is null ? Replies.NoNode : node.Refusal();
        if (refusal is not null)
        {
            part.Fail(refusal);
            return ordinal;
        }

        node!.Add(new PendingRequest { Client = this, Slot = ordinal, Shape = ReplyShape.Many, Retrieval = true });
        node.Output.Append(verb);
        _awaited++;
        return ordinal;
    }

    // Owners answer in the order of the keys and leave out what they do not have.
    private bool TryPlace(MultiGetPart part, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> named = value["VALUE "u8.Length..];
        int number = part.Expected;
        while (number != MultiGetKey.None)
        {
            ref MultiGetKey key = ref _keys[number];
            int length = key.Span.Length;
            if (length < named.Length && named[length] == ' ' && named.StartsWith(key.Span.Of(_text)))
            {
                Miss(part, until: number);
                key.Bytes = value.Length;
                part.Expected = key.Next;
                part.Hits++;
                return true;
            }

            number = key.Next;
        }

        return false;
    }

    private void Miss(MultiGetPart part, int until)
    {
        for (; part.Expected != until; part.Expected = _keys[part.Expected].Next)
        {
            _keys[part.Expected].Bytes = 0;
        }
    }

    /// <summary>Writes what can be told in order.</summary>
    private void Emit(ByteBuffer output)
    {
        for (; _nextKey < _keyCount && !_failed; _nextKey++)
        {
            ref MultiGetKey key = ref _keys[_nextKey];
            MultiGetPart part = _parts[key.Part];
            if (key.Bytes > 0)
            {
                output.Append(part.Values.Data[..key.Bytes]);
                part.Values.Consume(key.Bytes);
                _emitted += key.Bytes;
            }
            else if (key.Bytes == MultiGetKey.Owed)
            {
                if (!part.HasFailed)
                {
                    return;
                }

                // Its values have been told: what is left of it is the error.
                output.Append(part.Values.Data);
                _failed = true;
            }
        }
    }

    private void GivePiece()
    {
        int before = _emitted;
        Emit(_client.Slots.Output);
        Hold(before - _emitted);
    }

    private void Hold(int bytes)
    {
        _held += bytes;
        _client.GatheredBytes += bytes;
    }

    private void End()
    {
        ClientConnection client = _client;
        if (client.Fd >= 0)
        {
            Hold(-_held);
            bool next = client.Slots.IsNext(_slot);
            ByteBuffer output = next ? client.Slots.Output : loop.Scratch;
            Emit(output);
            if (!_failed)
            {
                output.Append(Replies.End);
            }

            if (next)
            {
                client.Slots.PassNext();
            }
            else
            {
                client.Slots.Complete(_slot, output.Data, ReplyOutcome.Line);
                output.Clear();
            }
        }

        int emitted = _emitted;
        Recycle();
        client.OnMultiGet(emitted);
    }

    private void Recycle()
    {
        for (int i = 0; i < _partCount; i++)
        {
            _parts[i].Close();
        }

        loop.Buffers.Return(_text);
        (_client, _text) = (null!, []);
        if (_keys.Length > MostKeysKept)
        {
            (_keys, _placing, _owners) = (new MultiGetKey[FirstKeys], new KeySpan[FirstKeys], new int[FirstKeys]);
        }

        (_keyCount, _partCount, _nextKey, _emitted, _held, _failed) = (0, 0, 0, 0, 0, false);
        loop.Free(this);
    }
}
