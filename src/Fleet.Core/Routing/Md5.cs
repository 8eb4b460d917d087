using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Fleet.Core.Routing;

/// <summary>
/// MD5 (RFC 1321) of short keys, as ketama needs it: a placement hash, not a secret. Own code because a key of at most 55 bytes is one
/// block, and the platform's hash spends more than that on crossing into its library.
/// </summary>
internal static class Md5
{
    private const int BlockBytes = 64;

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

    // The addends are floor(2^32 * abs(sin(i + 1))), RFC 1321 section 3.4. Written out, because every look-up of a key waits for this chain.
    private static (uint A, uint B, uint C, uint D) Block((uint A, uint B, uint C, uint D) state, ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<uint> x = MemoryMarshal.Cast<byte, uint>(block);
        if (!BitConverter.IsLittleEndian)
        {
            Span<uint> swapped = new uint[BlockBytes / sizeof(uint)];
            BinaryPrimitives.ReverseEndianness(x, swapped);
            x = swapped;
        }

        (uint a, uint b, uint c, uint d) = state;
        FirstRound(ref a, ref b, ref c, ref d, x);
        SecondRound(ref a, ref b, ref c, ref d, x);
        ThirdRound(ref a, ref b, ref c, ref d, x);
        FourthRound(ref a, ref b, ref c, ref d, x);
        return (state.A + a, state.B + b, state.C + c, state.D + d);
    }

    private static void FirstRound(ref uint a, ref uint b, ref uint c, ref uint d, ReadOnlySpan<uint> x)
    {
        uint p = a, q = b, r = c, s = d;
        _ = x[15];
        p = q + BitOperations.RotateLeft(p + x[0] + 0xd76aa478u + (s ^ (q & (r ^ s))), 7);
        s = p + BitOperations.RotateLeft(s + x[1] + 0xe8c7b756u + (r ^ (p & (q ^ r))), 12);
        r = s + BitOperations.RotateLeft(r + x[2] + 0x242070dbu + (q ^ (s & (p ^ q))), 17);
        q = r + BitOperations.RotateLeft(q + x[3] + 0xc1bdceeeu + (p ^ (r & (s ^ p))), 22);
        p = q + BitOperations.RotateLeft(p + x[4] + 0xf57c0fafu + (s ^ (q & (r ^ s))), 7);
        s = p + BitOperations.RotateLeft(s + x[5] + 0x4787c62au + (r ^ (p & (q ^ r))), 12);
        r = s + BitOperations.RotateLeft(r + x[6] + 0xa8304613u + (q ^ (s & (p ^ q))), 17);
        q = r + BitOperations.RotateLeft(q + x[7] + 0xfd469501u + (p ^ (r & (s ^ p))), 22);
        p = q + BitOperations.RotateLeft(p + x[8] + 0x698098d8u + (s ^ (q & (r ^ s))), 7);
        s = p + BitOperations.RotateLeft(s + x[9] + 0x8b44f7afu + (r ^ (p & (q ^ r))), 12);
        r = s + BitOperations.RotateLeft(r + x[10] + 0xffff5bb1u + (q ^ (s & (p ^ q))), 17);
        q = r + BitOperations.RotateLeft(q + x[11] + 0x895cd7beu + (p ^ (r & (s ^ p))), 22);
        p = q + BitOperations.RotateLeft(p + x[12] + 0x6b901122u + (s ^ (q & (r ^ s))), 7);
        s = p + BitOperations.RotateLeft(s + x[13] + 0xfd987193u + (r ^ (p & (q ^ r))), 12);
        r = s + BitOperations.RotateLeft(r + x[14] + 0xa679438eu + (q ^ (s & (p ^ q))), 17);
        q = r + BitOperations.RotateLeft(q + x[15] + 0x49b40821u + (p ^ (r & (s ^ p))), 22);
        (a, b, c, d) = (p, q, r, s);
    }

    private static void SecondRound(ref uint a, ref uint b, ref uint c, ref uint d, ReadOnlySpan<uint> x)
    {
        uint p = a, q = b, r = c, s = d;
        _ = x[15];
        p = q + BitOperations.RotateLeft(p + x[1] + 0xf61e2562u + (~s & r) + (s & q), 5);
        s = p + BitOperations.RotateLeft(s + x[6] + 0xc040b340u + (~r & q) + (r & p), 9);
        r = s + BitOperations.RotateLeft(r + x[11] + 0x265e5a51u + (~q & p) + (q & s), 14);
        q = r + BitOperations.RotateLeft(q + x[0] + 0xe9b6c7aau + (~p & s) + (p & r), 20);
        p = q + BitOperations.RotateLeft(p + x[5] + 0xd62f105du + (~s & r) + (s & q), 5);
        s = p + BitOperations.RotateLeft(s + x[10] + 0x02441453u + (~r & q) + (r & p), 9);
        r = s + BitOperations.RotateLeft(r + x[15] + 0xd8a1e681u + (~q & p) + (q & s), 14);
        q = r + BitOperations.RotateLeft(q + x[4] + 0xe7d3fbc8u + (~p & s) + (p & r), 20);
        p = q + BitOperations.RotateLeft(p + x[9] + 0x21e1cde6u + (~s & r) + (s & q), 5);
        s = p + BitOperations.RotateLeft(s + x[14] + 0xc33707d6u + (~r & q) + (r & p), 9);
        r = s + BitOperations.RotateLeft(r + x[3] + 0xf4d50d87u + (~q & p) + (q & s), 14);
        q = r + BitOperations.RotateLeft(q + x[8] + 0x455a14edu + (~p & s) + (p & r), 20);
        p = q + BitOperations.RotateLeft(p + x[13] + 0xa9e3e905u + (~s & r) + (s & q), 5);
        s = p + BitOperations.RotateLeft(s + x[2] + 0xfcefa3f8u + (~r & q) + (r & p), 9);
        r = s + BitOperations.RotateLeft(r + x[7] + 0x676f02d9u + (~q & p) + (q & s), 14);
        q = r + BitOperations.RotateLeft(q + x[12] + 0x8d2a4c8au + (~p & s) + (p & r), 20);
        (a, b, c, d) = (p, q, r, s);
    }

    private static void ThirdRound(ref uint a, ref uint b, ref uint c, ref uint d, ReadOnlySpan<uint> x)
    {
        uint p = a, q = b, r = c, s = d;
        _ = x[15];
        p = q + BitOperations.RotateLeft(p + x[5] + 0xfffa3942u + (q ^ r ^ s), 4);
        s = p + BitOperations.RotateLeft(s + x[8] + 0x8771f681u + (p ^ q ^ r), 11);
        r = s + BitOperations.RotateLeft(r + x[11] + 0x6d9d6122u + (s ^ p ^ q), 16);
        q = r + BitOperations.RotateLeft(q + x[14] + 0xfde5380cu + (r ^ s ^ p), 23);
        p = q + BitOperations.RotateLeft(p + x[1] + 0xa4beea44u + (q ^ r ^ s), 4);
        s = p + BitOperations.RotateLeft(s + x[4] + 0x4bdecfa9u + (p ^ q ^ r), 11);
        r = s + BitOperations.RotateLeft(r + x[7] + 0xf6bb4b60u + (s ^ p ^ q), 16);
        q = r + BitOperations.RotateLeft(q + x[10] + 0xbebfbc70u + (r ^ s ^ p), 23);
        p = q + BitOperations.RotateLeft(p + x[13] + 0x289b7ec6u + (q ^ r ^ s), 4);
        s = p + BitOperations.RotateLeft(s + x[0] + 0xeaa127fau + (p ^ q ^ r), 11);
        r = s + BitOperations.RotateLeft(r + x[3] + 0xd4ef3085u + (s ^ p ^ q), 16);
        q = r + BitOperations.RotateLeft(q + x[6] + 0x04881d05u + (r ^ s ^ p), 23);
        p = q + BitOperations.RotateLeft(p + x[9] + 0xd9d4d039u + (q ^ r ^ s), 4);
        s = p + BitOperations.RotateLeft(s + x[12] + 0xe6db99e5u + (p ^ q ^ r), 11);
        r = s + BitOperations.RotateLeft(r + x[15] + 0x1fa27cf8u + (s ^ p ^ q), 16);
        q = r + BitOperations.RotateLeft(q + x[2] + 0xc4ac5665u + (r ^ s ^ p), 23);
        (a, b, c, d) = (p, q, r, s);
    }

    private static void FourthRound(ref uint a, ref uint b, ref uint c, ref uint d, ReadOnlySpan<uint> x)
    {
        uint p = a, q = b, r = c, s = d;
        _ = x[15];
        p = q + BitOperations.RotateLeft(p + x[0] + 0xf4292244u + (r ^ (q | ~s)), 6);
        s = p + BitOperations.RotateLeft(s + x[7] + 0x432aff97u + (q ^ (p | ~r)), 10);
        r = s + BitOperations.RotateLeft(r + x[14] + 0xab9423a7u + (p ^ (s | ~q)), 15);
        q = r + BitOperations.RotateLeft(q + x[5] + 0xfc93a039u + (s ^ (r | ~p)), 21);
        p = q + BitOperations.RotateLeft(p + x[12] + 0x655b59c3u + (r ^ (q | ~s)), 6);
        s = p + BitOperations.RotateLeft(s + x[3] + 0x8f0ccc92u + (q ^ (p | ~r)), 10);
        r = s + BitOperations.RotateLeft(r + x[10] + 0xffeff47du + (p ^ (s | ~q)), 15);
        q = r + BitOperations.RotateLeft(q + x[1] + 0x85845dd1u + (s ^ (r | ~p)), 21);
        p = q + BitOperations.RotateLeft(p + x[8] + 0x6fa87e4fu + (r ^ (q | ~s)), 6);
        s = p + BitOperations.RotateLeft(s + x[15] + 0xfe2ce6e0u + (q ^ (p | ~r)), 10);
        r = s + BitOperations.RotateLeft(r + x[6] + 0xa3014314u + (p ^ (s | ~q)), 15);
        q = r + BitOperations.RotateLeft(q + x[13] + 0x4e0811a1u + (s ^ (r | ~p)), 21);
        p = q + BitOperations.RotateLeft(p + x[4] + 0xf7537e82u + (r ^ (q | ~s)), 6);
        s = p + BitOperations.RotateLeft(s + x[11] + 0xbd3af235u + (q ^ (p | ~r)), 10);
        r = s + BitOperations.RotateLeft(r + x[2] + 0x2ad7d2bbu + (p ^ (s | ~q)), 15);
        q = r + BitOperations.RotateLeft(q + x[9] + 0xeb86d391u + (s ^ (r | ~p)), 21);
        (a, b, c, d) = (p, q, r, s);
    }
}
