using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;

namespace Fleet.Grpc.Wire;

/// <summary>
/// Length-prefixed-message of the gRPC protocol: one byte 0 (plain) or 1 (compressed), four bytes of length (big endian), the message.
/// </summary>
internal static class MessageFrame
{
    public const int HeaderBytes = 5;

    /// <summary>Frames a message. RESOURCE_EXHAUSTED when it is larger than <paramref name="maxBytes"/> before compression.</summary>
    public static ReadOnlyMemory<byte> Write<T>(Marshaller<T> marshaller, T message, bool gzip, int? maxBytes)
    {
        var buffer = new FrameBuffer();
        marshaller.ContextualSerializer(message, buffer);
        int length = buffer.MessageBytes;
        if (length > maxBytes)
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted,
                $"Sending message exceeds the maximum configured message size: {length} bytes, limit {maxBytes} bytes."));
        }

        return gzip ? Seal(Gzip.Compress(buffer.Message), compressed: true) : buffer.Seal();
    }

    /// <summary>Reads the prefix. False when fewer than five bytes are there.</summary>
    public static bool TryReadHeader(ReadOnlySequence<byte> bytes, out bool compressed, out long length)
    {
        compressed = false;
        length = 0;
        if (bytes.Length < HeaderBytes)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        bytes.Slice(0, HeaderBytes).CopyTo(header);
        compressed = header[0] switch
        {
            0 => false,
            1 => true,
            var flag => throw new RpcException(new Status(
                StatusCode.Internal, $"message starts with compression flag {flag}; legal: 0 and 1")),
        };
        length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        return true;
    }

    internal static void WriteHeader(Span<byte> header, bool compressed, int length)
    {
        header[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..HeaderBytes], (uint)length);
    }

    private static ReadOnlyMemory<byte> Seal(ReadOnlySpan<byte> message, bool compressed)
    {
        byte[] frame = new byte[HeaderBytes + message.Length];
        WriteHeader(frame, compressed, message.Length);
        message.CopyTo(frame.AsSpan(HeaderBytes));
        return frame;
    }
}
