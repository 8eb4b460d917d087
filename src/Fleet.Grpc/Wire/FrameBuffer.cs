using System.Buffers;
using Grpc.Core;

namespace Fleet.Grpc.Wire;

/// <summary>Collects one message behind room for its prefix, so that prefix and message leave in one write.</summary>
internal sealed class FrameBuffer : SerializationContext
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private bool _complete;

    public FrameBuffer()
    {
        _buffer.GetSpan(MessageFrame.HeaderBytes)[..MessageFrame.HeaderBytes].Clear();
        _buffer.Advance(MessageFrame.HeaderBytes);
    }

    public int MessageBytes => _buffer.WrittenCount - MessageFrame.HeaderBytes;

    public ReadOnlySpan<byte> Message
    {
        get
        {
            CheckComplete();
            return _buffer.WrittenSpan[MessageFrame.HeaderBytes..];
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        if (payloadLength > 0)
        {
            _buffer.GetSpan(payloadLength);
        }
    }

    public override IBufferWriter<byte> GetBufferWriter() => _buffer;

    public override void Complete(byte[] payload)
    {
        _buffer.Write(payload);
        _complete = true;
    }

    public override void Complete() => _complete = true;

    /// <summary>Writes the prefix; the plain frame.</summary>
    public ReadOnlyMemory<byte> Seal()
    {
        CheckComplete();
        byte[] frame = System.Runtime.InteropServices.MemoryMarshal.TryGetArray(_buffer.WrittenMemory, out var segment)
            ? segment.Array!
            : _buffer.WrittenSpan.ToArray();
        MessageFrame.WriteHeader(frame, compressed: false, MessageBytes);
        return frame.AsMemory(0, _buffer.WrittenCount);
    }

    private void CheckComplete()
    {
        if (!_complete)
        {
            throw new InvalidOperationException("The marshaller returned without completing its serialization context.");
        }
    }
}
