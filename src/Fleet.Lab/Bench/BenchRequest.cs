namespace Fleet.Lab.Bench;

/// <summary>One request: the store of an item, or a get of successive items.</summary>
/// <param name="IsStore">Whether it stores.</param>
/// <param name="FirstItem">The item, or the first of them.</param>
/// <param name="Count">Number of items.</param>
/// <param name="SentAt">Clock ticks when it was handed to the socket.</param>
internal readonly record struct BenchRequest(bool IsStore, int FirstItem, int Count, long SentAt)
{
    /// <summary>The store of an item.</summary>
    public static BenchRequest Store(int item) => new(true, item, 1, 0);

    /// <summary>The get of a group of items.</summary>
    public static BenchRequest Read(int group, int keys) => new(false, group * keys, keys, 0);
}
