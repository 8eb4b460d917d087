using Fleet.Controller.Grains;

namespace Fleet.Controller;

/// <summary>How a controller reaches the others, where that is not over gRPC, and who looks over the deciders' shoulders: for benchmarks.</summary>
internal sealed record ControllerPorts
{
    /// <summary>Reaches agents; null: over gRPC.</summary>
    public IAgentPort? Agents { get; init; }

    /// <summary>Reaches proxies; null: over gRPC.</summary>
    public IProxyPort? Proxies { get; init; }

    /// <summary>Wraps the deciders of pools.</summary>
    public Func<PoolControlFactory, PoolControlFactory> Around { get; init; } = factory => factory;
}
