using Fleet.Proxy.Engine;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Transfers;

/// <summary>
/// A large value on its way from a client to the nodes that store it, each over a connection of its own, in step: no more of it waits here
/// than the slowest of them has not taken. The first node's answer is the client's; other replicas that did not store it forget the key.
/// </summary>
internal sealed class LargeStore : ITransfer
{
    private readonly EventLoop _loop;
    private readonly ClientConnection _client;
    private readonly PendingRequest _request;
    private readonly byte[] _key;
    private readonly byte[] _tail;
    private readonly List<TransferLink> _links = [];
    private readonly List<NodeConnection> _nodes = [];
    private byte[]? _reply;
    private ReplyOutcome _outcome;
    private long _left;
    private long _takenAt;
    private bool _over;

    /// <param name="loop">The loop.</param>
    /// <param name="client">Sends the value.</param>
    /// <param name="request">How the client is to be answered.</param>
    /// <param name="key">The key in its plain form.</param>
    /// <param name="bytes">Bytes that the client sends.</param>
    /// <param name="tail">What ends the value for the node, when the client does not send it.</param>
    public LargeStore(
        EventLoop loop, ClientConnection client, in PendingRequest request, ReadOnlySpan<byte> key, long bytes, ReadOnlySpan<byte> tail)
    {
        (_loop, _client, _request, _left) = (loop, client, request, bytes);
        (_key, _tail) = (key.ToArray(), tail.ToArray());
    }

    /// <summary>Bytes of the value that the client has not sent yet.</summary>
    public long Left => _left;

    /// <summary>The client has been answered.</summary>
    public bool IsOver => _over;

    /// <summary>Nothing of the client's input can be taken now: the nodes are behind, or the answer is still to come.</summary>
    public bool IsHeld => !_over && (_left == 0 || Room() == 0);

    /// <summary>Begins at a node.</summary>
    public void Begin(NodeConnection node, ReadOnlySpan<byte> line)
    {
        var link = new TransferLink(_loop, node, this);
        _links.Add(link);
        _nodes.Add(node);
        link.Output.Append(line);
        link.Open();
    }

    /// <summary>Takes what there is room for.</summary>
    public void Take(ByteBuffer input)
    {
        int count = (int)Math.Min(Math.Min(_left, input.Length), Room());
        ReadOnlySpan<byte> piece = input.Data[..count];
        _left -= count;
        _takenAt = _left == 0 ? _loop.Now() : 0;
        foreach (TransferLink link in _links.ToArray())
        {
            if (_over)
            {
                break;
            }

            link.Output.Append(piece);
            link.Output.Append(_left == 0 ? _tail : default);
            link.NodeIsDue = _left == 0;
            link.Send();
        }

        input.Consume(count);
    }

    /// <summary>The client is gone.</summary>
    public void Abandon()
    {
        _over = true;
        foreach (TransferLink link in _links)
        {
            link.Close();
        }
    }

    /// <inheritdoc />
    public void OnProgress(TransferLink link)
    {
        if (link.Input.Length == 0)
        {
            _client.MarkDirty();
            return;
        }

        bool meta = _request.Shape is ReplyShape.Meta or ReplyShape.Binary;
        ReplyOutcome outcome = meta
            ? MetaReply.Parse(link.Input.Data, _loop.MaxReplyValueBytes, out int length)
            : ReplyParser.Parse(link.Input.Data, retrieval: false, _loop.MaxReplyValueBytes, out length);
        if (outcome == ReplyOutcome.NeedMore)
        {
            return;
        }

        byte[] reply = outcome == ReplyOutcome.Malformed ? Replies.BadReply : link.Input.Data[..length].ToArray();
        link.Node.Ledger.Current.Requests++;
        link.Node.Ledger.Current.Latency.RecordNs((long)((_loop.Now() - (_takenAt == 0 ? _loop.Now() : _takenAt)) * _loop.NsPerTick));
        link.Close();
        End(link, reply, outcome == ReplyOutcome.Malformed ? ReplyOutcome.Error : outcome);
    }

    /// <inheritdoc />
    public void OnLost(TransferLink link, byte[] reply) => End(link, reply, ReplyOutcome.Error);

    private int Room()
    {
        int room = _loop.Limits.TransferBytes;
        foreach (TransferLink link in _links)
        {
            room = Math.Min(room, _loop.Limits.TransferBytes - link.Output.Length);
        }

        return Math.Max(room, 0);
    }

    private void End(TransferLink link, byte[] reply, ReplyOutcome outcome)
    {
        if (_over)
        {
            return;
        }

        _links.Remove(link);
        bool isFirst = link.Node == _nodes[0];
        if (outcome == ReplyOutcome.Error && !isFirst)
        {
            Forget(link.Node);
        }

        if (isFirst)
        {
            (_reply, _outcome) = (reply, outcome);
        }

        // What the first node refuses nobody keeps: the others are not worth waiting for.
        bool refused = isFirst && outcome == ReplyOutcome.Error;
        if (_links.Count > 0 && !refused)
        {
            return;
        }

        Abandon();
        foreach (NodeConnection node in refused ? _nodes.Skip(1) : [])
        {
            Forget(node);
        }

        Answer();
    }

    private void Answer()
    {
        byte[] reply = _reply ?? Replies.ConnectionLost;
        bool silent = _request is { Quiet: true, Shape: ReplyShape.Meta } && _outcome != ReplyOutcome.Error && MetaReply.IsNominal(reply, false);
        _client.OnReply(_request, silent ? default : reply, _outcome, silent ? null : reply);
    }

    private void Forget(NodeConnection node)
    {
        if (!node.IsUsable || node.Refusal() is not null)
        {
            node.MissedWrite();
            return;
        }

        node.Add(new PendingRequest { Client = DropSink.Instance, Slot = PendingRequest.NoSlot, Shape = ReplyShape.Meta });
        Routes.RequestWords.WriteDelete(node.Output, _key);
    }
}
