namespace Fleet.Core.Routing;

/// <summary>Where a key is in a text of many.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Length">Its length, bytes.</param>
public readonly record struct KeySpan(int Start, int Length)
{
    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> text) => text.Slice(Start, Length);
}
