namespace Fleet.Proxy.Tests.Support;

/// <summary>Bytes of any length that no shift, loss or repetition leaves alike.</summary>
internal static class Pattern
{
    // A prime, so that no buffer's size is a multiple of it.
    private const int Period = 65_521;
    private static readonly byte[] Twice = Make();

    /// <summary>Fills a buffer with the bytes from a position on.</summary>
    public static void Fill(Span<byte> buffer, long position)
    {
        while (!buffer.IsEmpty)
        {
            int at = (int)(position % Period);
            int count = Math.Min(buffer.Length, Twice.Length - at);
            Twice.AsSpan(at, count).CopyTo(buffer);
            buffer = buffer[count..];
            position += count;
        }
    }

    /// <summary>True when the bytes are those from a position on.</summary>
    public static bool Holds(ReadOnlySpan<byte> buffer, long position)
    {
        while (!buffer.IsEmpty)
        {
            int at = (int)(position % Period);
            int count = Math.Min(buffer.Length, Twice.Length - at);
            if (!buffer[..count].SequenceEqual(Twice.AsSpan(at, count)))
            {
                return false;
            }

            buffer = buffer[count..];
            position += count;
        }

        return true;
    }

    private static byte[] Make()
    {
        byte[] once = new byte[Period];
        new Random(7).NextBytes(once);
        return [.. once, .. once];
    }
}
