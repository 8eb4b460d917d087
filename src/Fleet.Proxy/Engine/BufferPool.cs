using System.Numerics;

namespace Fleet.Proxy.Engine;

/// <summary>
/// Byte arrays by power of two, owned by one loop: no lock, and nothing is allocated once the loop has seen its load. Keeps at most
/// 64 MiB per size class; the rest goes back to the collector.
/// </summary>
internal sealed class BufferPool
{
    /// <summary>Smallest array handed out, bytes.</summary>
    public const int MinBytes = 64;

    private const long KeptBytesPerClass = 64 << 20;
    private readonly Stack<byte[]>[] _free = [.. Enumerable.Range(0, 32).Select(_ => new Stack<byte[]>())];

    /// <summary>An array of at least <paramref name="bytes"/>.</summary>
    public byte[] Rent(int bytes)
    {
        int sizeClass = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, MinBytes)));
        return _free[sizeClass].TryPop(out byte[]? array) ? array : GC.AllocateUninitializedArray<byte>(1 << sizeClass);
    }

    /// <summary>Takes an array back.</summary>
    public void Return(byte[] array)
    {
        Stack<byte[]> free = _free[BitOperations.Log2((uint)array.Length)];
        if ((long)(free.Count + 1) * array.Length <= KeptBytesPerClass)
        {
            free.Push(array);
        }
    }
}
