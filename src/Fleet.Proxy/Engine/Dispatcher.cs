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
                Retrieve(loop, client, command);
                break;
            case CommandKind.Store:
            case CommandKind.Change:
                loop.Counters.Sets += command.Kind == CommandKind.Store ? 1 : 0;
                loop.Counters.Touches += command.Line[0] == 't' ? 1 : 0;
                Forward(client, command);
                break;
            case CommandKind.Meta:
                loop.Counters.Metas++;
                Meta(client, command);
                break;
            case CommandKind.Broadcast:
                loop.Counters.Flushes += command.Line[0] == 'f' ? 1 : 0;
                Broadcast(client, command);
                break;
            case CommandKind.Version:
                Answer(client, command, Replies.Version);
                break;
            case CommandKind.Stats:
                loop.AnswerStats(client, new PendingRequest { Client = client, Slot = client.Slots.Add() }, command.Topic);
                break;
            case CommandKind.Cluster:
                Answer(client, command, loop.ClusterReply(client));
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

    private static void Retrieve(EventLoop loop, ClientConnection client, in ParsedCommand command)
    {
        // Touching retrievals name an expiry before the key and stay classic.
        bool unique = command.Line.SequenceEqual("gets"u8);
        bool meta = unique || command.Line.SequenceEqual("get"u8);
        if (meta && !client.KeepsKeys && MultiGet.IsWorth(client.Pool, command.Keys))
        {
            loop.NewMultiGet().Begin(client, command.Line, command.Keys);
            return;
        }

        ReadOnlySpan<byte> rest = command.Keys;
        ReadOnlySpan<byte> key = Words.Next(ref rest);
        while (!key.IsEmpty)
        {
            ReadOnlySpan<byte> next = Words.Next(ref rest);
            loop.Counters.Gets++;
            IOutlet? node = client.Pool.Find(key);
            byte[]? refusal = node is null ? Replies.NoNode : node.Refusal();
            if (refusal is not null)
            {
                node?.CountRefused();
                client.Slots.AddLocal(refusal, part: !next.IsEmpty);
                key = next;
                continue;
            }

            node!.Add(new PendingRequest
            {
                Client = client,
                Slot = client.Slots.Add(part: !next.IsEmpty),
                Shape = meta ? ReplyShape.MetaAsClassic : ReplyShape.Values,
                Retrieval = true,
            });
            if (client.KeepsKeys)
            {
                node.Remember(key);
            }

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

            key = next;
        }
    }

    private static void Forward(ClientConnection client, in ParsedCommand command)
    {
        IOutlet? node = client.Pool.Find(command.Key);
        byte[]? refusal = node is null ? Replies.NoNode : node.Refusal();
        if (refusal is not null)
        {
            node?.CountRefused();
            Answer(client, command, refusal);
            return;
        }

        long slot = command.NoReply ? PendingRequest.NoSlot : client.Slots.Add();
        node!.Add(new PendingRequest { Client = client, Slot = slot, Storage = command.Kind == CommandKind.Store });
        node.Output.Append(command.Line);
        node.Output.Append(LineEnd);
        node.Output.Append(command.Value);
    }

    private static void Broadcast(ClientConnection client, in ParsedCommand command)
    {
        var request = new PendingRequest { Client = client, Slot = command.NoReply ? PendingRequest.NoSlot : 0 };
        byte[]? refusal = Broadcast(client, command.Line, request);
        if (refusal is not null)
        {
            Answer(client, command, refusal);
        }
    }

    /// <summary>
    /// Sends a line to every node, to be answered once: with what the last says, or with the first error. Returns why it was not sent.
    /// </summary>
    public static byte[]? Broadcast(ClientConnection client, ReadOnlySpan<byte> line, PendingRequest request)
    {
        NodeConnection[] nodes = client.Pool.Nodes;
        byte[]? refusal = nodes.Length == 0 ? Replies.NoNode : null;
        foreach (NodeConnection node in nodes)
        {
            refusal ??= node.Refusal();
        }

        if (refusal is not null)
        {
            return refusal;
        }

        request.Slot = request.Slot == PendingRequest.NoSlot ? request.Slot : client.Slots.Add(nodes.Length);
        foreach (NodeConnection node in nodes)
        {
            node.Add(request);
            node.Output.Append(line);
            node.Output.Append(LineEnd);
        }

        return null;
    }

    private static void Meta(ClientConnection client, in ParsedCommand command)
    {
        IOutlet? node = Owner(client, command);
        byte[]? refusal = node is null ? Replies.NoNode : node.Refusal();
        if (refusal is not null)
        {
            node?.CountRefused();
            Answer(client, command, refusal);
            return;
        }

        node!.Add(new PendingRequest
        {
            Client = client,
            Slot = client.Slots.Add(),
            Shape = ReplyShape.Meta,
            Quiet = command.Quiet,
            Retrieval = command.Verb == 'g',
            Storage = command.Verb == 's',
        });
        if (client.KeepsKeys && command.Verb == 'g')
        {
            Span<byte> plain = stackalloc byte[Words.MaxKey];
            node.Remember(command.Encoded ? Words.Decode(command.Key, plain) : command.Key);
        }

        node.Output.Append(command.Line);
        node.Output.Append(command.Tail);
        node.Output.Append(LineEnd);
        node.Output.Append(command.Value);
    }

    /// <summary>The node of the key; a key in base64 lives where its plain form lives.</summary>
    private static IOutlet? Owner(ClientConnection client, in ParsedCommand command)
    {
        if (!command.Encoded)
        {
            return client.Pool.Find(command.Key);
        }

        Span<byte> plain = stackalloc byte[Words.MaxKey];
        return client.Pool.Find(Words.Decode(command.Key, plain));
    }

    /// <summary>A mistake of the client. memcached drops the old value when a larger one is refused; so does the proxy.</summary>
    private static void Refuse(ClientConnection client, in ParsedCommand command)
    {
        if (command.Evict && Owner(client, command) is { } node && node.Refusal() is null)
        {
            node.Add(new PendingRequest { Client = client, Slot = PendingRequest.NoSlot, Shape = ReplyShape.Meta });
            node.Output.Append("md "u8);
            node.Output.Append(command.Key);
            node.Output.Append(command.Encoded ? " b\r\n"u8 : LineEnd);
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
