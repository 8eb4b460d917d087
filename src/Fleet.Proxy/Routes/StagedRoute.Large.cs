using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Transfers;

namespace Fleet.Proxy.Routes;

/// <summary>The rules for a value that is too large to pass whole; it is not shadowed.</summary>
internal sealed partial class StagedRoute
{
    /// <summary>Begins to store a large value where the rules say. Returns why it cannot be, as the reply.</summary>
    public byte[]? BeginStore(LargeStore store, ReadOnlySpan<byte> key, ReadOnlySpan<byte> line)
    {
        if (Open(key) is null)
        {
            return Protocol.Replies.NoNode;
        }

        NodeConnection target = _target!;
        if (target.Refusal() is { } refusal)
        {
            target.CountRefused();
            _target = null;
            return refusal;
        }

        if (_failedOver)
        {
            Counts.FailedOver++;
            TtlCap.Write(Output, line, Rules.Failover!.MaxTtlSeconds, loop.UnixSeconds());
            store.Begin(target, Output.Data);
            Output.Clear();
        }
        else
        {
            store.Begin(target, line);
            ForgetElsewhere(store, line, target);
        }

        _target = null;
        return null;
    }

    private void ForgetElsewhere(LargeStore store, ReadOnlySpan<byte> line, NodeConnection target)
    {
        NoteWrite();
        if (Rules.Kind != PoolKind.Replicated)
        {
            DeleteCopies();
            return;
        }

        bool everywhere = RequestWords.KindOf(line) != RequestKind.Conditional;
        foreach (NodeConnection node in pool.Connections)
        {
            if (node == target)
            {
                continue;
            }

            if (!node.IsUsable || node.Refusal() is not null)
            {
                node.MissedWrite();
            }
            else if (everywhere)
            {
                store.Begin(node, line);
            }
            else
            {
                DeleteAt(node);
            }
        }
    }

    private void RememberAt(NodeConnection node)
    {
        if (loop.Limits.Streams && _request.Retrieval)
        {
            node.Remember(Key);
        }
    }
}
