namespace Fleet.Hosting.Security;

/// <summary>What one server takes from its callers; beyond it calls end with RESOURCE_EXHAUSTED.</summary>
public sealed record CallLimits
{
    /// <summary>Calls per second of one caller, on average.</summary>
    /// <value>Default 500; range 1 to 1,000,000.</value>
    public int CallsPerSecond { get; init; } = 500;

    /// <summary>Calls that one caller may make at once before the average counts.</summary>
    /// <value>Default 2,000; range 1 to 1,000,000.</value>
    public int Burst { get; init; } = 2_000;

    /// <summary>Streams (watches) of one caller that may be open at the same time.</summary>
    /// <value>Default 64; range 1 to 10,000.</value>
    public int Streams { get; init; } = 64;

    /// <summary>Connections of all callers that may be open at the same time; more are closed at once.</summary>
    /// <value>Default 1,024; range 1 to 100,000.</value>
    public int Connections { get; init; } = 1_024;

    /// <summary>Largest request message in bytes.</summary>
    /// <value>Default 4,194,304 (4 MiB), gRPC's own; range 1,024 to 268,435,456.</value>
    public int MessageBytes { get; init; } = 4 << 20;
}
