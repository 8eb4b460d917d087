using System.Buffers.Binary;
using System.Numerics;

namespace Fleet.Core.Routing;

/// <summary>
/// MD5 (RFC 1321) of short keys, as ketama needs it: a placement hash, not a secret. Own code because a key of at most 55 bytes is one
/// block, and the platform's hash spends more than that on crossing into its library.
/// </summary>
internal static class Md5
{
    private const int BlockBytes = 64;

    // floor(2^32 * abs(sin(i + 1))), RFC 1321 section 3.4.
    private static readonly uint[] Sines = [.. Enumerable.Range(1, 64).Select(i => (uint)(Math.Abs(Math.Sin(i)) * 4294967296.0))];

    /// <summary>The four little-endian words of the digest.</summary>
    public static (uint A, uint B, uint C, uint D) Hash(ReadOnlySpan<byte> data)
    {
        var state = (A: 0x67452301u, B: 0xefcdab89u, C: 0x98badcfeu, D: 0x10325476u);
        ulong bits = (ulong)data.Length * 8;
        while (data.Length >= BlockBytes)
        {
            state = Block(state, data[..BlockBytes]);
            data = data[BlockBytes..];
        }

        Span<byte> tail = stackalloc byte[BlockBytes];
        tail.Clear();
        data.CopyTo(tail);
        tail[data.Length] = 0x80;
        if (data.Length >= BlockBytes - sizeof(ulong))
        {
            state = Block(state, tail);
            tail.Clear();
        }

        BinaryPrimitives.WriteUInt64LittleEndian(tail[(BlockBytes - sizeof(ulong))..], bits);
        return Block(state, tail);
    }

    private static (uint A, uint B, uint C, uint D) Block((uint A, uint B, uint C, uint D) state, ReadOnlySpan<byte> block)
    {
        Span<uint> x = stackalloc uint[16];
        for (int i = 0; i < 16; i++)
        {
            x[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(i * 4)..]);
        }

        ReadOnlySpan<uint> t = Sines;
        (uint a, uint b, uint c, uint d) = state;
        for (int i = 0; i < 16; i += 4)
        {
            a = b + BitOperations.RotateLeft(a + (d ^ (b & (c ^ d))) + x[i] + t[i], 7);
            d = a + BitOperations.RotateLeft(d + (c ^ (a & (b ^ c))) + x[i + 1] + t[i + 1], 12);
            c = d + BitOperations.RotateLeft(c + (b ^ (d & (a ^ b))) + x[i + 2] + t[i + 2], 17);
            b = c + BitOperations.RotateLeft(b + (a ^ (c & (d ^ a))) + x[i + 3] + t[i + 3], 22);
        }

        for (int i = 16; i < 32; i += 4)
        {
            a = b + BitOperations.RotateLeft(a + (c ^ (d & (b ^ c))) + x[((5 * i) + 1) & 15] + t[i], 5);
            d = a + BitOperations.RotateLeft(d + (b ^ (c & (a ^ b))) + x[((5 * i) + 6) & 15] + t[i + 1], 9);
            c = d + BitOperations.RotateLeft(c + (a ^ (b & (d ^ a))) + x[((5 * i) + 11) & 15] + t[i + 2], 14);
            b = c + BitOperations.RotateLeft(b + (d ^ (a & (c ^ d))) + x[((5 * i) + 16) & 15] + t[i + 3], 20);
        }

        for (int i = 32; i < 48; i += 4)
        {
            a = b + BitOperations.RotateLeft(a + (b ^ c ^ d) + x[((3 * i) + 5) & 15] + t[i], 4);
            d = a + BitOperations.RotateLeft(d + (a ^ b ^ c) + x[((3 * i) + 8) & 15] + t[i + 1], 11);
            c = d + BitOperations.RotateLeft(c + (d ^ a ^ b) + x[((3 * i) + 11) & 15] + t[i + 2], 16);
            b = c + BitOperations.RotateLeft(b + (c ^ d ^ a) + x[((3 * i) + 14) & 15] + t[i + 3], 23);
        }

        for (int i = 48; i < 64; i += 4)
        {
            a = b + BitOperations.RotateLeft(a + (c ^ (b | ~d)) + x[(7 * i) & 15] + t[i], 6);
            d = a + BitOperations.RotateLeft(d + (b ^ (a | ~c)) + x[((7 * i) + 7) & 15] + t[i + 1], 10);
            c = d + BitOperations.RotateLeft(c + (a ^ (d | ~b)) + x[((7 * i) + 14) & 15] + t[i + 2], 15);
            b = c + BitOperations.RotateLeft(b + (d ^ (c | ~a)) + x[((7 * i) + 21) & 15] + t[i + 3], 21);
        }

        return (state.A + a, state.B + b, state.C + c, state.D + d);
    }
}
