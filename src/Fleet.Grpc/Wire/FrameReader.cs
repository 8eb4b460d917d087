using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;

namespace Fleet.Grpc.Wire;

/// <summary>Reads the messages of one direction of a call. One read at a time.</summary>
/// <param name="pipe">Body of the request or response.</param>
/// <param name="encoding">grpc-encoding of that body; null: identity.</param>
/// <param name="maxBytes">Largest message, compressed or not; null: no limit.</param>
internal sealed class FrameReader(PipeReader pipe, string? encoding, int? maxBytes)
{
    /// <summary>Waits for the next message; false at the end of the body.</summary>
    /// <param name="marshaller">Marshaller of the message.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async ValueTask<(bool Found, T? Message)> ReadAsync<T>(Marshaller<T> marshaller, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (TryTake(ref buffer, out ReadOnlySequence<byte> message, out bool compressed))
            {
                T value = Deserialize(marshaller, compressed ? Unpack(message) : message);
                pipe.AdvanceTo(buffer.Start);
                return (true, value);
            }

            if (result.IsCompleted)
            {
                bool empty = buffer.IsEmpty;
                pipe.AdvanceTo(buffer.End);
                return empty
                    ? (false, default)
                    : throw new RpcException(new Status(StatusCode.Internal, "the stream ended inside a message"));
            }

            pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    internal static RpcException TooLarge(long length, int limit) => new(new Status(
        StatusCode.ResourceExhausted,
        $"Received message exceeds the maximum configured message size: {length} bytes, limit {limit} bytes."));

    private static T Deserialize<T>(Marshaller<T> marshaller, ReadOnlySequence<byte> message)
    {
        try
        {
            return marshaller.ContextualDeserializer(new Payload(message));
        }
        catch (Google.Protobuf.InvalidProtocolBufferException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"message of {message.Length} bytes cannot be decoded", e));
        }
    }

    private bool TryTake(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message, out bool compressed)
    {
        message = default;
        if (!MessageFrame.TryReadHeader(buffer, out compressed, out long length))
        {
            return false;
        }

        if (length > maxBytes)
        {
            throw TooLarge(length, maxBytes.Value);
        }

        if (buffer.Length < MessageFrame.HeaderBytes + length)
        {
            return false;
        }

        message = buffer.Slice(MessageFrame.HeaderBytes, length);
        buffer = buffer.Slice(MessageFrame.HeaderBytes + length);
        return true;
    }

    private ReadOnlySequence<byte> Unpack(ReadOnlySequence<byte> message) => encoding == Gzip.Name
        ? Gzip.Decompress(message, maxBytes)
        : throw new RpcException(new Status(StatusCode.Internal, "compressed flag is set but grpc-encoding names no compression"));
}
