using System.Buffers.Binary;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>Carries out one request of a client that speaks the binary protocol.</summary>
internal static class BinaryDispatcher
{
    public static void Execute(EventLoop loop, ClientConnection client, in BinaryRequest request)
    {
        loop.Counters.Commands++;
        if (!client.IsAuthenticated && !NeedsNoUser(request.Operation))
        {
            Answer(loop, client, request, BinaryStatus.AuthFailure);
            client.Leave();
            return;
        }

        if (request.Problem != BinaryStatus.Ok)
        {
            Refuse(loop, client, request);
            return;
        }

        switch (request.Operation)
        {
            case BinaryOpcode.Noop:
                Answer(loop, client, request, BinaryStatus.Ok);
                break;
            case BinaryOpcode.Version:
                Answer(loop, client, request, BinaryStatus.Ok, Replies.VersionBytes);
                break;
            case BinaryOpcode.Quit:
                if (!request.Quiet)
                {
                    Answer(loop, client, request, BinaryStatus.Ok);
                }

                client.Leave();
                break;
            case BinaryOpcode.Flush or BinaryOpcode.Verbosity:
                Broadcast(loop, client, request);
                break;
            case BinaryOpcode.Stat:
                Stat(loop, client, request);
                break;
            case BinaryOpcode.SaslList or BinaryOpcode.SaslAuth or BinaryOpcode.SaslStep:
                Authenticate(loop, client, request);
                break;
            default:
                Forward(loop, client, request);
                break;
        }
    }

    private static bool NeedsNoUser(BinaryOpcode operation) => operation
        is BinaryOpcode.SaslList or BinaryOpcode.SaslAuth or BinaryOpcode.SaslStep or BinaryOpcode.Version or BinaryOpcode.Quit;

    private static void Forward(EventLoop loop, ClientConnection client, in BinaryRequest request)
    {
        if (!BinaryToMeta.CanSend(request.Key))
        {
            Answer(loop, client, request, BinaryStatus.Invalid);
            return;
        }

        loop.Counters.Count(request.Operation);
        IOutlet? node = client.Pool.Find(request.Key);
        PendingRequest pending = Pending(client, request, ReplyShape.Binary);
        byte[]? refusal = node is null ? Replies.NoNode : node.Refusal();
        if (refusal is not null)
        {
            node?.CountRefused();
            Fail(loop, client, pending, refusal);
            return;
        }

        pending.Slot = client.Slots.Add();
        node!.Add(pending);
        if (client.KeepsKeys && pending.Retrieval)
        {
            node.Remember(request.Key);
        }

        BinaryToMeta.Write(node.Output, request);
    }

    private static void Broadcast(EventLoop loop, ClientConnection client, in BinaryRequest request)
    {
        Span<byte> line = stackalloc byte[32];
        bool flush = request.Operation == BinaryOpcode.Flush;
        uint number = request.Extras.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(request.Extras);
        bool written = flush
            ? System.Text.Unicode.Utf8.TryWrite(line, $"flush_all {Math.Min(number, int.MaxValue)}", out int length)
            : System.Text.Unicode.Utf8.TryWrite(line, $"verbosity {number}", out length);
        PendingRequest pending = Pending(client, request, ReplyShape.BinaryLine);
        byte[]? refusal = written ? Dispatcher.Broadcast(client, line[..length], pending) : Replies.Error;
        if (refusal is not null)
        {
            Fail(loop, client, pending, refusal);
        }
    }

    private static void Stat(EventLoop loop, ClientConnection client, in BinaryRequest request)
    {
        StatsTopic topic = StatsTopics.Parse(request.Key);
        PendingRequest pending = Pending(client, request, ReplyShape.BinaryStats);
        if (topic == StatsTopic.Unknown)
        {
            Fail(loop, client, pending, Replies.Error);
            return;
        }

        pending.Slot = client.Slots.Add();
        loop.AnswerStats(client, pending, topic);
    }

    private static void Authenticate(EventLoop loop, ClientConnection client, in BinaryRequest request)
    {
        if (loop.Limits.Users is not { } users)
        {
            Answer(loop, client, request, BinaryStatus.UnknownCommand);
        }
        else if (request.Operation == BinaryOpcode.SaslList)
        {
            Answer(loop, client, request, BinaryStatus.Ok, "PLAIN"u8);
        }
        else
        {
            bool good = request.Operation == BinaryOpcode.SaslAuth && request.Key.SequenceEqual("PLAIN"u8)
                && SaslPlain.TryRead(request.Value, out ReadOnlySpan<byte> user, out ReadOnlySpan<byte> password)
                && users.Matches(user, password);
            client.Authenticate(good);
            Answer(loop, client, request, good ? BinaryStatus.Ok : BinaryStatus.AuthFailure, good ? "Authenticated"u8 : default);
        }
    }

    private static void Refuse(EventLoop loop, ClientConnection client, in BinaryRequest request)
    {
        if (request.Evict && BinaryToMeta.CanSend(request.Key) && client.Pool.Find(request.Key) is { } node && node.Refusal() is null)
        {
            node.Add(new PendingRequest { Client = client, Slot = PendingRequest.NoSlot, Shape = ReplyShape.Meta });
            BinaryToMeta.WriteDelete(node.Output, request.Key);
        }

        // Bytes that are no request have nothing to answer to.
        if (request.Problem != BinaryStatus.Internal)
        {
            Answer(loop, client, request, request.Problem);
        }

        if (request.Close)
        {
            client.Leave();
        }
    }

    private static PendingRequest Pending(ClientConnection client, in BinaryRequest request, ReplyShape shape) => new()
    {
        Client = client,
        Shape = shape,
        Quiet = request.Quiet,
        Opcode = request.Opcode,
        Opaque = request.Opaque,
        Retrieval = request.Operation
            is BinaryOpcode.Get or BinaryOpcode.GetK or BinaryOpcode.Gat or BinaryOpcode.GatK or BinaryOpcode.Touch,
        Storage = BinaryParser.Stores(request.Operation),
    };

    private static void Answer(
        EventLoop loop, ClientConnection client, in BinaryRequest request, BinaryStatus status, ReadOnlySpan<byte> text = default)
    {
        ByteBuffer packet = loop.Scratch;
        if (text.IsEmpty)
        {
            BinaryReply.Write(packet, request.Opcode, request.Opaque, status);
        }
        else
        {
            BinaryReply.Write(packet, request.Opcode, request.Opaque, status, default, text);
        }

        client.Slots.AddLocal(packet.Data);
        packet.Clear();
    }

    private static void Fail(EventLoop loop, ClientConnection client, in PendingRequest request, byte[] refusal)
    {
        BinaryReply.Translate(loop.Scratch, request, refusal, ReplyOutcome.Error);
        client.Slots.AddLocal(loop.Scratch.Data);
        loop.Scratch.Clear();
    }
}
