namespace Fleet.Proxy.Tests.Support;

/// <summary>Sends and checks values of a pattern without holding them.</summary>
internal static class LargeClient
{
    private const int Piece = 128 * 1024;

    /// <summary>Sends so many bytes of the pattern.</summary>
    public static async Task SendPatternAsync(this TextClient client, long bytes, long from = 0)
    {
        byte[] piece = new byte[Piece];
        for (long sent = from; sent < from + bytes;)
        {
            int count = (int)Math.Min(piece.Length, from + bytes - sent);
            Pattern.Fill(piece.AsSpan(0, count), sent);
            await client.SendAsync(piece.AsMemory(0, count));
            sent += count;
        }
    }

    /// <summary>Reads so many bytes, which must be the pattern's.</summary>
    public static async Task CheckPatternAsync(this TextClient client, long bytes)
    {
        for (long got = 0; got < bytes;)
        {
            ReadOnlyMemory<byte> piece = await client.SomeAsync((int)Math.Min(bytes - got, Piece));
            Pattern.Holds(piece.Span, got).ShouldBeTrue($"the value differs at byte {got} to {got + piece.Length}");
            got += piece.Length;
        }
    }

    /// <summary>set KEY 0 0 BYTES with the pattern; the reply.</summary>
    public static async Task<string?> SetPatternAsync(this TextClient client, string key, long bytes)
    {
        await client.SendAsync($"set {key} 0 0 {bytes}\r\n");
        await client.SendPatternAsync(bytes);
        await client.SendAsync("\r\n");
        return await client.LineAsync();
    }

    /// <summary>get KEY, whose value must be so many bytes of the pattern.</summary>
    public static async Task GetPatternAsync(this TextClient client, string key, long bytes)
    {
        await client.SendAsync($"get {key}\r\n");
        await client.ReadPatternAsync(key, bytes);
    }

    /// <summary>The reply to a get KEY, whose value must be so many bytes of the pattern.</summary>
    public static async Task ReadPatternAsync(this TextClient client, string key, long bytes, int flags = 0)
    {
        (await client.LineAsync()).ShouldBe($"VALUE {key} {flags} {bytes}");
        await client.EndPatternAsync(bytes);
    }

    /// <summary>The rest of such a reply.</summary>
    public static async Task EndPatternAsync(this TextClient client, long bytes)
    {
        await client.CheckPatternAsync(bytes);
        (await client.BytesAsync(7)).ShouldBe("\r\nEND\r\n");
    }
}
