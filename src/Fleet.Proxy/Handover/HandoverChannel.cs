using System.Runtime.InteropServices;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Handover;

/// <summary>One end of a socket pair between a proxy and its successor: whole messages, each with at most one descriptor.</summary>
internal sealed unsafe class HandoverChannel(int fd) : IDisposable
{
    private const int PartBytes = 32 * 1024;
    private readonly byte[] _room = new byte[PartBytes + 1];

    /// <summary>Two ends of a new pair; the second survives an exec.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public static (HandoverChannel Mine, int Theirs) CreatePair()
    {
        int* pair = stackalloc int[2];
        SocketCalls.Check(
            HandoverCalls.SocketPair(HandoverCalls.UnixFamily, HandoverCalls.SequencedPackets | Libc.SockCloExec, 0, pair), "socketpair");
        SocketCalls.Check(HandoverCalls.Control(pair[1], HandoverCalls.SetDescriptorFlags, 0), "fcntl");
        return (new HandoverChannel(pair[0]), pair[1]);
    }

    /// <summary>Sends a message; a descriptor is copied into it and stays the caller's.</summary>
    /// <exception cref="IOException">The other end is gone.</exception>
    public void Send(HandoverKind kind, ReadOnlySpan<byte> payload, int descriptor = -1)
    {
        for (; payload.Length > PartBytes; payload = payload[PartBytes..])
        {
            SendOne(HandoverKind.Part, payload[..PartBytes], -1);
        }

        SendOne(kind, payload, descriptor);
    }

    /// <summary>The next message; kind None when the other end is gone.</summary>
    /// <param name="timeoutMs">Longest wait; -1 for ever.</param>
    /// <exception cref="TimeoutException">Nothing came.</exception>
    /// <exception cref="IOException">The socket is broken.</exception>
    public HandoverMessage Receive(int timeoutMs)
    {
        byte[] earlier = [];
        while (true)
        {
            HandoverMessage message = ReceiveOne(timeoutMs);
            byte[] payload = [.. earlier, .. message.Payload];
            if (message.Kind != HandoverKind.Part)
            {
                return message with { Payload = payload };
            }

            earlier = payload;
        }
    }

    public void Dispose() => Libc.Close(fd);

    private void SendOne(HandoverKind kind, ReadOnlySpan<byte> payload, int descriptor)
    {
        byte first = (byte)kind;
        HandoverCalls.PassedDescriptor passed = new()
        {
            Length = (nuint)(sizeof(nuint) + (3 * sizeof(int))),
            Level = Libc.SolSocket,
            Type = HandoverCalls.PassDescriptors,
            Descriptor = descriptor,
        };
        fixed (byte* data = payload)
        {
            HandoverCalls.Chunk* chunks = stackalloc HandoverCalls.Chunk[2];
            chunks[0] = new HandoverCalls.Chunk { Data = &first, Length = 1 };
            chunks[1] = new HandoverCalls.Chunk { Data = data, Length = (nuint)payload.Length };
            HandoverCalls.MessageHeader header = new()
            {
                Chunks = chunks,
                ChunkCount = 2,
                Ancillary = descriptor < 0 ? null : &passed,
                AncillaryLength = descriptor < 0 ? 0 : (nuint)sizeof(HandoverCalls.PassedDescriptor),
            };
            nint sent;
            do
            {
                sent = HandoverCalls.SendMessage(fd, &header, Libc.MsgNoSignal);
            }
            while (sent < 0 && Marshal.GetLastPInvokeError() == Libc.ErrInterrupted);
            SocketCalls.Check((int)sent, "sendmsg");
        }
    }

    private HandoverMessage ReceiveOne(int timeoutMs)
    {
        Await(timeoutMs);
        fixed (byte* room = _room)
        {
            HandoverCalls.PassedDescriptor passed = default;
            HandoverCalls.Chunk chunk = new() { Data = room, Length = (nuint)_room.Length };
            HandoverCalls.MessageHeader header = new()
            {
                Chunks = &chunk,
                ChunkCount = 1,
                Ancillary = &passed,
                AncillaryLength = (nuint)sizeof(HandoverCalls.PassedDescriptor),
            };
            nint count;
            do
            {
                count = HandoverCalls.ReceiveMessage(fd, &header, HandoverCalls.CloseReceivedOnExec);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == Libc.ErrInterrupted);
            if (count <= 0)
            {
                // A process that ended with messages unread resets the pair: gone all the same.
                return new HandoverMessage(HandoverKind.None, [], -1);
            }

            bool came = header.AncillaryLength > 0 && passed.Type == HandoverCalls.PassDescriptors;
            return new HandoverMessage((HandoverKind)room[0], _room[1..(int)count], came ? passed.Descriptor : -1);
        }
    }

    private void Await(int timeoutMs)
    {
        HandoverCalls.PolledDescriptor polled = new() { Descriptor = fd, Wanted = HandoverCalls.PollIn };
        int ready;
        do
        {
            ready = HandoverCalls.Poll(&polled, 1, timeoutMs);
        }
        while (ready < 0 && Marshal.GetLastPInvokeError() == Libc.ErrInterrupted);
        if (SocketCalls.Check(ready, "poll") == 0)
        {
            throw new TimeoutException($"no word within {timeoutMs} ms");
        }
    }
}
