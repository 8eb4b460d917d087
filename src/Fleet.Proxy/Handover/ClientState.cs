using System.Buffers.Binary;
using System.Text;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Handover;

/// <summary>
/// A client between two requests: its connection and everything that its next request depends on. What has been read of that request goes
/// with it.
/// </summary>
/// <param name="PoolId">Whose listener took the client.</param>
/// <param name="IsAuthenticated">It has logged in, or nobody needs to.</param>
/// <param name="SawInput">It has said something, so its protocol is settled.</param>
/// <param name="IsBinary">It speaks the binary protocol.</param>
/// <param name="Swallow">Bytes still to be read and dropped: the value of a request that was refused.</param>
/// <param name="Input">Read and not carried out yet.</param>
/// <param name="Descriptor">The connection.</param>
internal sealed record ClientState(
    string PoolId, bool IsAuthenticated, bool SawInput, bool IsBinary, long Swallow, byte[] Input, int Descriptor) : Handed
{
    private const int SwallowAt = 1;
    private const int PoolAt = SwallowAt + sizeof(long);

    /// <inheritdoc/>
    public override void SendOn(HandoverChannel channel) => channel.Send(HandoverKind.Client, ToPayload(), Descriptor);

    /// <inheritdoc/>
    public override void Close() => _ = Libc.Close(Descriptor);

    /// <summary>The state as a message's payload: flags, swallow, length of the pool's id, the id, the input.</summary>
    public byte[] ToPayload()
    {
        byte[] pool = Encoding.UTF8.GetBytes(PoolId);
        byte[] head = new byte[PoolAt + sizeof(ushort)];
        head[0] = (byte)((IsAuthenticated ? 1 : 0) | (SawInput ? 2 : 0) | (IsBinary ? 4 : 0));
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(SwallowAt), Swallow);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(PoolAt), (ushort)pool.Length);
        return [.. head, .. pool, .. Input];
    }

    /// <summary>Reads a payload.</summary>
    public static ClientState Parse(HandoverMessage message)
    {
        ReadOnlySpan<byte> payload = message.Payload;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(payload[PoolAt..]);
        ReadOnlySpan<byte> rest = payload[(PoolAt + sizeof(ushort))..];
        return new ClientState(
            Encoding.UTF8.GetString(rest[..length]),
            (payload[0] & 1) != 0,
            (payload[0] & 2) != 0,
            (payload[0] & 4) != 0,
            BinaryPrimitives.ReadInt64LittleEndian(payload[SwallowAt..]),
            rest[length..].ToArray(),
            message.Descriptor);
    }
}
