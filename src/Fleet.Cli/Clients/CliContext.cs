namespace Fleet.Cli.Clients;

/// <summary>One fleet that a person works with.</summary>
public sealed record CliContext
{
    /// <summary>Name of the context.</summary>
    public string Name { get; init; } = "";

    /// <summary>Address of its controller.</summary>
    public string Controller { get; init; } = "";

    /// <summary>Certificate file; null: plain text.</summary>
    public string? TlsCert { get; init; }

    /// <summary>Key file.</summary>
    public string? TlsKey { get; init; }

    /// <summary>Authority file.</summary>
    public string? TlsCa { get; init; }
}
