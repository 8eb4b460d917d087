namespace Grpc.Core;

/// <summary>Hints for a message.</summary>
[Flags]
public enum WriteFlags
{
    /// <summary>The transport buffers the message until a later one; it need not travel at once.</summary>
    BufferHint = 0x1,

    /// <summary>The message travels uncompressed.</summary>
    NoCompress = 0x2,
}

/// <summary>How messages are written.</summary>
/// <param name="flags">Hints.</param>
public sealed class WriteOptions(WriteFlags flags = default)
{
    /// <summary>No hints.</summary>
    public static readonly WriteOptions Default = new();

    /// <summary>Hints.</summary>
    public WriteFlags Flags { get; } = flags;
}
