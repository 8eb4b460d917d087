using System.Buffers;
using Grpc.Core;

namespace Fleet.Grpc.Wire;

/// <summary>Bytes of one received message, for its marshaller.</summary>
internal sealed class Payload(ReadOnlySequence<byte> bytes) : DeserializationContext
{
    public override int PayloadLength => checked((int)bytes.Length);

    public override byte[] PayloadAsNewBuffer() => bytes.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => bytes;
}
