using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Fleet.Core.Routing;

/// <summary>
/// A 64-bit hash of keys and node ids that is the same in every process and version: MurmurHash64A's mixing. A placement hash, not a
/// secret: who chooses keys can choose their node, as with every memcached client.
/// </summary>
public static class KeyHash
{
    private const ulong Multiplier = 0xc6a4a7935bd1e995;
    private const int Shift = 47;
    private const double TwoToMinus53 = 1.0 / (1UL << 53);

    /// <summary>Hash of a key.</summary>
    public static ulong Of(ReadOnlySpan<byte> key)
    {
        unchecked
        {
            ulong hash = (ulong)key.Length * Multiplier;
            for (; key.Length >= sizeof(ulong); key = key[sizeof(ulong)..])
            {
                ulong word = BinaryPrimitives.ReadUInt64LittleEndian(key) * Multiplier;
                word = (word ^ (word >> Shift)) * Multiplier;
                hash = (hash ^ word) * Multiplier;
            }

            if (key.Length > 0)
            {
                ulong tail = 0;
                for (int i = key.Length - 1; i >= 0; i--)
                {
                    tail = (tail << 8) | key[i];
                }

                hash = (hash ^ tail) * Multiplier;
            }

            hash = (hash ^ (hash >> Shift)) * Multiplier;
            return hash ^ (hash >> Shift);
        }
    }

    /// <summary>Hash of a text's UTF-8 bytes.</summary>
    internal static ulong Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>One hash of two: a permutation of 64 bits (splitmix64's) over their combination.</summary>
    internal static ulong Mix(ulong a, ulong b)
    {
        unchecked
        {
            ulong z = (a ^ BitOperations.RotateLeft(b * Multiplier, 31)) + 0x9e3779b97f4a7c15;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            return z ^ (z >> 31);
        }
    }

    /// <summary>A hash as a number above 0 and below 1.</summary>
    internal static double Unit(ulong hash) => ((hash >> 11) + 0.5) * TwoToMinus53;
}
