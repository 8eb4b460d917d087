namespace Fleet.Proxy.Protocol;

/// <summary>Names of the topics of stats.</summary>
internal static class StatsTopics
{
    public static StatsTopic Parse(ReadOnlySpan<byte> words)
    {
        ReadOnlySpan<byte> topic = Words.Next(ref words);
        return topic switch
        {
            [] => StatsTopic.General,
            _ when topic.SequenceEqual("nodes"u8) => StatsTopic.Nodes,
            _ when topic.SequenceEqual("pool"u8) => StatsTopic.Pool,
            _ when topic.SequenceEqual("detail"u8) => StatsTopic.Detail,
            _ when topic.SequenceEqual("settings"u8) => StatsTopic.Settings,
            _ when topic.SequenceEqual("reset"u8) => StatsTopic.Reset,
            _ when topic.SequenceEqual("items"u8) || topic.SequenceEqual("slabs"u8) || topic.SequenceEqual("sizes"u8)
                || topic.SequenceEqual("conns"u8) || topic.SequenceEqual("cachedump"u8) => StatsTopic.Nothing,
            _ => StatsTopic.Unknown,
        };
    }
}
