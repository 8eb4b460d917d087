using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fleet.Core.Routing;

/// <summary>
/// The first word of the MD5 (RFC 1321) of eight keys at once, one in each lane of a vector. The steps of one digest wait for each other;
/// those of eight do not, so this takes little longer than one. For keys of one block, 55 bytes at most.
/// </summary>
internal static class Md5Lanes
{
    /// <summary>Keys of one call.</summary>
    public const int Count = 8;

    /// <summary>Longest key, bytes: with the end mark and the length it fills a block.</summary>
    public const int MaxKey = 55;

    private const int Words = 16;
    private const byte EndMark = 0x80;

    // floor(2^32 * abs(sin(i + 1))), RFC 1321 section 3.4.
    private static readonly uint[] Addends = [.. Enumerable.Range(1, 64).Select(i => (uint)(4294967296.0 * Math.Abs(Math.Sin(i))))];

    /// <summary>Whether the machine has such vectors; without them one key after the other is no slower.</summary>
    public static bool IsFast => Vector256.IsHardwareAccelerated && BitConverter.IsLittleEndian;

    /// <summary>Hashes.</summary>
    /// <param name="text">Holds the keys.</param>
    /// <param name="keys">Eight keys of at most <see cref="MaxKey"/> bytes.</param>
    /// <param name="hashes">Room for eight words.</param>
    public static void Hash(ReadOnlySpan<byte> text, ReadOnlySpan<KeySpan> keys, Span<uint> hashes)
    {
        // Word i of lane j is at i * Count + j.
        Span<uint> block = stackalloc uint[Words * Count];
        for (int lane = 0; lane < Count; lane++)
        {
            Lay(block[lane..], keys[lane].Of(text));
        }

        ref uint x = ref MemoryMarshal.GetReference(block);
        Vector256<uint> a = Vector256.Create(0x67452301u), b = Vector256.Create(0xefcdab89u);
        Vector256<uint> c = Vector256.Create(0x98badcfeu), d = Vector256.Create(0x10325476u);
        Vector256<uint> first = a;
        for (int i = 0; i < 16; i += 4)
        {
            a = b + Rotate(a + At(ref x, i) + Addend(i) + (d ^ (b & (c ^ d))), 7);
            d = a + Rotate(d + At(ref x, i + 1) + Addend(i + 1) + (c ^ (a & (b ^ c))), 12);
            c = d + Rotate(c + At(ref x, i + 2) + Addend(i + 2) + (b ^ (d & (a ^ b))), 17);
            b = c + Rotate(b + At(ref x, i + 3) + Addend(i + 3) + (a ^ (c & (d ^ a))), 22);
        }

        for (int i = 16; i < 32; i += 4)
        {
            a = b + Rotate(a + At(ref x, (5 * i) + 1) + Addend(i) + (c ^ (d & (b ^ c))), 5);
            d = a + Rotate(d + At(ref x, (5 * i) + 6) + Addend(i + 1) + (b ^ (c & (a ^ b))), 9);
            c = d + Rotate(c + At(ref x, (5 * i) + 11) + Addend(i + 2) + (a ^ (b & (d ^ a))), 14);
            b = c + Rotate(b + At(ref x, (5 * i) + 16) + Addend(i + 3) + (d ^ (a & (c ^ d))), 20);
        }

        for (int i = 32; i < 48; i += 4)
        {
            a = b + Rotate(a + At(ref x, (3 * i) + 5) + Addend(i) + (b ^ c ^ d), 4);
            d = a + Rotate(d + At(ref x, (3 * i) + 8) + Addend(i + 1) + (a ^ b ^ c), 11);
            c = d + Rotate(c + At(ref x, (3 * i) + 11) + Addend(i + 2) + (d ^ a ^ b), 16);
            b = c + Rotate(b + At(ref x, (3 * i) + 14) + Addend(i + 3) + (c ^ d ^ a), 23);
        }

        for (int i = 48; i < 64; i += 4)
        {
            a = b + Rotate(a + At(ref x, 7 * i) + Addend(i) + (c ^ (b | ~d)), 6);
            d = a + Rotate(d + At(ref x, (7 * i) + 7) + Addend(i + 1) + (b ^ (a | ~c)), 10);
            c = d + Rotate(c + At(ref x, (7 * i) + 14) + Addend(i + 2) + (a ^ (d | ~b)), 15);
            b = c + Rotate(b + At(ref x, (7 * i) + 21) + Addend(i + 3) + (d ^ (c | ~a)), 21);
        }

        (first + a).CopyTo(hashes);
    }

    private static void Lay(Span<uint> lane, ReadOnlySpan<byte> key)
    {
        int at = 0;
        int whole = key.Length / sizeof(uint);
        for (int word = 0; word < whole; word++, at += Count)
        {
            lane[at] = BinaryPrimitives.ReadUInt32LittleEndian(key[(word * sizeof(uint))..]);
        }

        uint last = EndMark;
        for (int i = key.Length - 1; i >= whole * sizeof(uint); i--)
        {
            last = (last << 8) | key[i];
        }

        lane[at] = last;
        lane[(Words - 2) * Count] = (uint)key.Length * 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> At(ref uint block, int word) => Vector256.LoadUnsafe(ref block, (nuint)((word % Words) * Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> value, int bits) => (value << bits) | (value >>> (32 - bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Addend(int step) => Vector256.Create(Addends[step]);
}
