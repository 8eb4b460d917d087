using Fleet.Proxy.Engine;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Routes;

/// <summary>
/// A write to every node of a replicated pool, answered once all have answered: with the primary's reply, or another's when the primary was
/// lost on the way. Nodes could decide a conditional write differently, so only the primary gets it and the others forget the key; they are
/// filled in again from the primary. A node that misses a write is emptied before it is read again.
/// </summary>
internal sealed class WriteOperation(StagedRoute route) : IReplySink
{
    private readonly ByteBuffer _reply = new(route.Loop.Buffers);
    private readonly List<NodeConnection> _nodes = [];
    private PendingRequest _request;
    private ReplyOutcome _outcome;
    private bool _fromPrimary;
    private bool _fromNode;
    private bool _sending;

    public int InFlight { get; set; }

    public void Send(in PendingRequest request, ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes, RequestKind kind, NodeConnection primary)
    {
        (_request, _fromPrimary, _fromNode, _sending) = (request, false, false, true);
        _nodes.Add(primary);
        Add(RequestWords.Loud(request) with { Client = this, Slot = 0 }, primary, bytes);
        foreach (NodeConnection node in route.Pool.Connections)
        {
            if (node == primary)
            {
                continue;
            }

            if (!node.IsUsable || node.Refusal() is not null)
            {
                node.MissedWrite();
                continue;
            }

            _nodes.Add(node);
            if (kind == RequestKind.Conditional)
            {
                node.Add(new PendingRequest { Client = this, Slot = _nodes.Count - 1, Shape = ReplyShape.Meta });
                RequestWords.WriteDelete(node.Output, key);
            }
            else
            {
                Add(RequestWords.Loud(request) with { Client = this, Slot = _nodes.Count - 1 }, node, bytes);
            }
        }

        _sending = false;
    }

    public void OnReply(in PendingRequest request, ReadOnlySpan<byte> reply, ReplyOutcome outcome, byte[]? constant = null)
    {
        InFlight--;

        // Replies that the proxy makes for a lost node are constants.
        bool lost = outcome == ReplyOutcome.Error && constant is not null;
        if (lost)
        {
            _nodes[(int)request.Slot].MissedWrite();
        }

        bool isPrimary = request.Slot == 0;
        if ((isPrimary && !lost) || (!_fromPrimary && !_fromNode))
        {
            _reply.Clear();
            _reply.Append(reply);
            _outcome = outcome;
            _fromPrimary = isPrimary && !lost;
            _fromNode = !lost;
        }

        if (InFlight == 0 && !_sending)
        {
            Answer();
        }
    }

    private static void Add(in PendingRequest request, NodeConnection node, ReadOnlySpan<byte> bytes)
    {
        node.Add(request);
        node.Output.Append(bytes);
    }

    private void Answer()
    {
        PendingRequest request = _request;
        bool silent = RequestWords.IsQuiet(request) && _outcome != ReplyOutcome.Error && MetaReply.IsNominal(_reply.Data, request.Retrieval);
        request.Client.OnReply(request, silent ? default : _reply.Data, _outcome);
        _reply.Clear();
        _nodes.Clear();
        _request = default;
        route.Free(this);
    }
}
