using System.Buffers;
using System.IO.Compression;
using Grpc.Core;

namespace Fleet.Grpc.Wire;

/// <summary>The "gzip" message encoding.</summary>
internal static class Gzip
{
    public const string Name = "gzip";

    public static byte[] Compress(ReadOnlySpan<byte> message)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(message);
        }

        return output.ToArray();
    }

    /// <summary>Unpacks a message and stops at the size limit, so a small message cannot unfold into the whole memory.</summary>
    public static ReadOnlySequence<byte> Decompress(ReadOnlySequence<byte> message, int? maxBytes)
    {
        using var gzip = new GZipStream(new MemoryStream(message.ToArray()), CompressionMode.Decompress);
        var output = new ArrayBufferWriter<byte>(4096);
        try
        {
            for (int read; (read = gzip.Read(output.GetSpan(4096))) > 0;)
            {
                output.Advance(read);
                if (output.WrittenCount > maxBytes)
                {
                    throw FrameReader.TooLarge(output.WrittenCount, maxBytes.Value);
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, "compressed message is not gzip", e));
        }

        return new ReadOnlySequence<byte>(output.WrittenMemory);
    }
}
