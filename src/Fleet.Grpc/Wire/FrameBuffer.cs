using System.Buffers;
using Grpc.Core;

namespace Fleet.Grpc.Wire;

/// <summary>Collects one message behind room for its prefix, so that prefix and message leave in one write.</summary>
internal sealed class FrameBuffer : SerializationContext
{
    private const int UnknownPayloadBytes = 251;

    private ArrayBufferWriter<byte>? _room;
    private bool _complete;

    public int MessageBytes => Buffer.WrittenCount - MessageFrame.HeaderBytes;

    public ReadOnlySpan<byte> Message
    {
        get
        {
            CheckComplete();
            return Buffer.WrittenSpan[MessageFrame.HeaderBytes..];
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        if (_room is null && payloadLength > 0)
        {
            _room = Room(payloadLength);
        }
    }

    public override IBufferWriter<byte> GetBufferWriter() => Buffer;

    public override void Complete(byte[] payload)
    {
        SetPayloadLength(payload.Length);
        Buffer.Write(payload);
        _complete = true;
    }

    public override void Complete() => _complete = true;

    /// <summary>Writes the prefix; the plain frame.</summary>
    public ReadOnlyMemory<byte> Seal()
    {
        CheckComplete();
        byte[] frame = System.Runtime.InteropServices.MemoryMarshal.TryGetArray(Buffer.WrittenMemory, out var segment)
            ? segment.Array!
            : Buffer.WrittenSpan.ToArray();
        MessageFrame.WriteHeader(frame, compressed: false, MessageBytes);
        return frame.AsMemory(0, Buffer.WrittenCount);
    }

    /// <summary>As large as the message when its size was told before it was written.</summary>
    private ArrayBufferWriter<byte> Buffer => _room ??= Room(UnknownPayloadBytes);

    private static ArrayBufferWriter<byte> Room(int payloadBytes)
    {
        var room = new ArrayBufferWriter<byte>(MessageFrame.HeaderBytes + payloadBytes);
        room.GetSpan(MessageFrame.HeaderBytes)[..MessageFrame.HeaderBytes].Clear();
        room.Advance(MessageFrame.HeaderBytes);
        return room;
    }

    private void CheckComplete()
    {
        if (!_complete)
        {
            throw new InvalidOperationException("The marshaller returned without completing its serialization context.");
        }
    }
}
