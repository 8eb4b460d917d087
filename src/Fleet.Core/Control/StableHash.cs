namespace Fleet.Core.Control;

/// <summary>A hash that is the same in every process: FNV-1a over UTF-16 units.</summary>
internal static class StableHash
{
    /// <summary>Mixes a seed and a text.</summary>
    public static ulong Of(ulong seed, string text)
    {
        ulong hash = 14695981039346656037UL ^ seed;
        foreach (char unit in text)
        {
            hash = unchecked((hash ^ unit) * 1099511628211UL);
        }

        return hash;
    }
}
