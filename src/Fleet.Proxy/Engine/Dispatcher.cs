using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>Carries out one command of a client: appends it to the owning node's output, or answers it.</summary>
internal static class Dispatcher
{
    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    public static void Execute(EventLoop loop, ClientConnection client, in ParsedCommand command)
    {
        loop.Counters.Commands++;
        switch (command.Kind)
        {
            case CommandKind.Retrieve:
                Retrieve(client, command);
                break;
            case CommandKind.Store:
            case CommandKind.Change:
                Forward(client, command);
                break;
            case CommandKind.Flush:
                Flush(client, command);
                break;
            case CommandKind.Version:
                Answer(client, command, Replies.Version);
                break;
            case CommandKind.Stats:
                Answer(client, command, loop.StatsReply());
                break;
            case CommandKind.Quit:
                client.Leave();
                break;
            case CommandKind.Close:
                if (command.Reply is { Length: > 0 })
                {
                    Answer(client, command, command.Reply);
                }

                client.Leave();
                break;
            default:
                Refuse(client, command);
                break;
        }
    }

    private static void Retrieve(ClientConnection client, in ParsedCommand command)
    {
        ReadOnlySpan<byte> rest = command.Keys;
        ReadOnlySpan<byte> key = Words.Next(ref rest);
        while (!key.IsEmpty)
        {
            ReadOnlySpan<byte> next = Words.Next(ref rest);
            NodeConnection? node = client.Pool.Find(key);
            byte[]? refusal = node is null ? Replies.NoNode : node.Refusal();
            if (refusal is not null)
            {
                node?.CountRefused();
                client.Slots.AddLocal(refusal, part: !next.IsEmpty);
            }
            else
            {
                // Touching retrievals name an expiry before the key and stay classic.
                bool unique = command.Line.SequenceEqual("gets"u8);
                bool meta = unique || command.Line.SequenceEqual("get"u8);
                node!.Add(client, client.Slots.Add(part: !next.IsEmpty), retrieval: true, storage: false, meta);
                if (meta)
                {
                    MetaRetrieval.WriteRequest(node.Output, key, unique);
                }
                else
                {
                    node.Output.Append(command.Line);
                    node.Output.Append(" "u8);
                    node.Output.Append(key);
                    node.Output.Append(LineEnd);
                }
            }

            key = next;
        }
    }

    private static void Forward(ClientConnection client, in ParsedCommand command)
    {
        NodeConnection? node = client.Pool.Find(command.Key);
        byte[]? refusal = node is null ? Replies.NoNode : node.Refusal();
        if (refusal is not null)
        {
            node?.CountRefused();
            Answer(client, command, refusal);
            return;
        }

        long slot = command.NoReply ? PendingRequest.NoSlot : client.Slots.Add();
        node!.Add(client, slot, retrieval: false, storage: command.Kind == CommandKind.Store);
        node.Output.Append(command.Line);
        node.Output.Append(LineEnd);
        node.Output.Append(command.Value);
    }

    private static void Flush(ClientConnection client, in ParsedCommand command)
    {
        NodeConnection[] nodes = client.Pool.Nodes;
        byte[]? refusal = nodes.Length == 0 ? Replies.NoNode : null;
        foreach (NodeConnection node in nodes)
        {
            refusal ??= node.Refusal();
        }

        if (refusal is not null)
        {
            Answer(client, command, refusal);
            return;
        }

        long slot = command.NoReply ? PendingRequest.NoSlot : client.Slots.Add(nodes.Length);
        foreach (NodeConnection node in nodes)
        {
            node.Add(client, slot, retrieval: false, storage: false);
            node.Output.Append(command.Line);
            node.Output.Append(LineEnd);
        }
    }

    /// <summary>A mistake of the client. memcached drops the old value when a larger one is refused; so does the proxy.</summary>
    private static void Refuse(ClientConnection client, in ParsedCommand command)
    {
        if (command.Evict && client.Pool.Find(command.Key) is { } node && node.Refusal() is null)
        {
            node.Add(client, PendingRequest.NoSlot, retrieval: false, storage: false);
            node.Output.Append("delete "u8);
            node.Output.Append(command.Key);
            node.Output.Append(LineEnd);
        }

        Answer(client, command, command.Reply!);
    }

    private static void Answer(ClientConnection client, in ParsedCommand command, byte[] reply)
    {
        if (!command.NoReply)
        {
            client.Slots.AddLocal(reply);
        }
    }
}
