using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>What comes from a node: cut into replies, counted, and told to who waits.</summary>
internal sealed partial class NodeConnection
{
    private const int ReadBytes = 64 * 1024;

    // Of a long reply exactly the rest is read and a little more, so that little of the next one has to be moved to the front.
    private const int LongReplyBytes = 32 * 1024;
    private const int BeyondBytes = 4 * 1024;

    // Length of the oldest reply once it is known; until so much is here, nothing need be looked at.
    private int _replyBytes;

    private void Read()
    {
        bool piping = _pipe is not null;
        ReadOnce(readable: true);
        if (!piping && _pipe is not null)
        {
            // Much of a piped value has come with its first line.
            ReadOnce(readable: false);
        }
    }

    /// <param name="readable">Whether the kernel said that something is there.</param>
    private void ReadOnce(bool readable)
    {
        if (_pipe is not null && _pipeLeft > 0 && !FillPipe(_pipe, readable))
        {
            return;
        }

        nint count = _loop.Receive(this, RoomToRead());
        if (count <= 0)
        {
            _input.Consume(0);
            if (count != -1)
            {
                Lose(Replies.ConnectionLost, count == 0 ? "the node closed the connection" : "the connection broke", reconnectNow: true);
            }

            return;
        }

        _input.Commit((int)count);
        Ledger.Current.BytesFromNode += count;
        Answer(_loop.Now());
        _expectsPiped &= count != ReadBeforePipedBytes || _pipe is not null;
        CloseWhenDrained();
    }

    private Span<byte> RoomToRead()
    {
        int rest = _replyBytes - _input.Length;
        if (_replyBytes >= LongReplyBytes && rest > 0)
        {
            int bytes = rest + (_expectsPiped ? ReadBeforePipedBytes : BeyondBytes);
            return _input.Reserve(bytes)[..bytes];
        }

        return _expectsPiped ? _input.Reserve(ReadBeforePipedBytes)[..ReadBeforePipedBytes] : _input.Reserve(ReadBytes);
    }

    private void ClearInput()
    {
        _input.Clear();
        _replyBytes = 0;
        _expectsPiped = false;
        if (_pipe is not null)
        {
            ForgetPipe(_pipe);
        }
    }

    private void Answer(long now)
    {
        while (_input.Length > 0 && _input.Length >= _replyBytes)
        {
            if (_skip > 0)
            {
                Skip(now);
                continue;
            }

            if (_pipe is not null)
            {
                if (!TryTakePiped(_pipe, now))
                {
                    return;
                }

                continue;
            }

            bool expected = _pending.Count > 0 && _pending.OldestIsSent;
            if (expected && _pending.Oldest.Shape == ReplyShape.Many)
            {
                if (!TryTakeMany((MultiGet)_pending.Oldest.Client, now))
                {
                    return;
                }

                continue;
            }

            int length = 0;
            MetaValue value = default;
            ReplyOutcome outcome = expected ? Parse(_pending.Oldest, out length, out value) : ReplyOutcome.Malformed;
            if (outcome == ReplyOutcome.NeedMore)
            {
                if (length > _loop.Limits.WholeReplyBytes && TryHandOver(length, now))
                {
                    continue;
                }

                _replyBytes = length;
                TryPipe(length);
                return;
            }

            if (outcome == ReplyOutcome.Malformed)
            {
                string why = expected ? "the node sent a malformed reply" : "the node spoke without being asked";
                Lose(Replies.BadReply, why, reconnectNow: true);
                return;
            }

            _replyBytes = 0;
            DropKey();
            PendingRequest request = _pending.Take();
            ReadOnlySpan<byte> reply = _input.Data[..length];
            Count(request, reply, outcome, now);
            Deliver(request, reply, outcome, value);
            bool misread = request.Storage && outcome == ReplyOutcome.Error && reply[0] != (byte)'S';
            _input.Consume(length);
            if (misread)
            {
                // The node refused the line of a store command and may read its value as commands: their replies would go to others.
                Lose(Replies.BadReply, "the node refused the line of a store command", reconnectNow: true);
                return;
            }
        }
    }

    /// <summary>Takes what has come for many keys; false when the rest is to come, or the node cannot be trusted.</summary>
    private bool TryTakeMany(MultiGet many, long now)
    {
        ReplyOutcome outcome = many.Take(_pending.Oldest, _input.Data, _loop.MaxReplyValueBytes, out int taken, out int length);
        _input.Consume(taken);
        switch (outcome)
        {
            case ReplyOutcome.NeedMore:
                _replyBytes = length;
                return false;
            case ReplyOutcome.Malformed:
                Lose(Replies.BadReply, "the node sent a malformed reply", reconnectNow: true);
                return false;
            default:
                _replyBytes = 0;
                PendingRequest request = _pending.Take();
                CountMany(many.KeysOf(request), many.HitsOf(request), now - request.SentAt);
                many.OnReply(request, _input.Data[..length], outcome);
                _input.Consume(length);
                return true;
        }
    }

    private ReplyOutcome Parse(in PendingRequest request, out int length, out MetaValue value)
    {
        value = default;
        return request.Shape switch
        {
            ReplyShape.MetaAsClassic => MetaRetrieval.Parse(_input.Data, _loop.MaxReplyValueBytes, out length, out value),
            ReplyShape.Line or ReplyShape.BinaryLine => ReplyParser.Parse(_input.Data, retrieval: false, _loop.MaxReplyValueBytes, out length),
            ReplyShape.Values => ReplyParser.Parse(_input.Data, retrieval: true, _loop.MaxReplyValueBytes, out length),
            _ => MetaReply.Parse(_input.Data, _loop.MaxReplyValueBytes, out length),
        };
    }

    private void Deliver(in PendingRequest request, ReadOnlySpan<byte> reply, ReplyOutcome outcome, in MetaValue value)
    {
        switch (request.Shape)
        {
            case ReplyShape.MetaAsClassic when outcome == ReplyOutcome.Line:
                request.Client.OnReply(request, Replies.End, outcome, Replies.End);
                break;
            case ReplyShape.MetaAsClassic when outcome == ReplyOutcome.Hit && request.Client is ClientConnection client:
                client.OnValue(request, value);
                break;
            case ReplyShape.MetaAsClassic when outcome == ReplyOutcome.Hit:
                MetaRetrieval.WriteClassic(_translated, value);
                request.Client.OnReply(request, _translated.Data, outcome);
                _translated.Clear();
                break;
            case ReplyShape.Meta when request.Quiet && MetaReply.IsNominal(reply, request.Retrieval):
                request.Client.OnReply(request, default, outcome);
                break;
            default:
                request.Client.OnReply(request, reply, outcome);
                break;
        }
    }

    private void CountMany(int keys, int hits, long took)
    {
        NodeTraffic traffic = Ledger.Current;
        traffic.Requests += keys;
        traffic.Latency.RecordNs((long)(took * _loop.NsPerTick), keys);
        traffic.GetHits += hits;
        traffic.GetMisses += keys - hits;
        _loop.Counters.GetHits += hits;
        _loop.Counters.GetMisses += keys - hits;
    }

    private void Count(in PendingRequest request, ReadOnlySpan<byte> reply, ReplyOutcome outcome, long now)
    {
        NodeTraffic traffic = Ledger.Current;
        traffic.Requests++;
        traffic.Latency.RecordNs((long)((now - request.SentAt) * _loop.NsPerTick));
        if (request.Retrieval)
        {
            // mg without v answers a hit with HD.
            bool hit = outcome == ReplyOutcome.Hit || (outcome == ReplyOutcome.Line && reply.StartsWith("HD"u8));
            bool miss = !hit && outcome == ReplyOutcome.Line;
            traffic.GetHits += hit ? 1 : 0;
            traffic.GetMisses += miss ? 1 : 0;
            _loop.Counters.GetHits += hit ? 1 : 0;
            _loop.Counters.GetMisses += miss ? 1 : 0;
        }
    }
}
