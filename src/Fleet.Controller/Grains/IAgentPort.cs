using Fleet.Core.Knobs;
using Fleet.Core.Measurement;

namespace Fleet.Controller.Grains;

/// <summary>How a node grain reaches agents.</summary>
internal interface IAgentPort
{
    /// <summary>A link to the agent at the address (http://HOST:PORT or unix:/PATH); connects when first used.</summary>
    IAgentLink Dial(string address);
}

/// <summary>One agent as the node grain sees it. Any call may throw; then the link is disposed and dialled again.</summary>
internal interface IAgentLink : IAsyncDisposable
{
    /// <summary>What the host has.</summary>
    Task<AgentDescription> DescribeAsync(CancellationToken ct);

    /// <summary>Puts a setting in force and returns it as read back.</summary>
    Task<Setting> ApplyAsync(ulong epoch, string commandId, Setting setting, bool exploring, CancellationToken ct);

    /// <summary>Tells the agent that its controller lives, and what the proxies saw last; null: nothing new.</summary>
    Task RenewAsync(ulong epoch, GuardSignal? guard, CancellationToken ct);

    /// <summary>Readings until cancelled.</summary>
    IAsyncEnumerable<NodeReading> WatchReadingsAsync(CancellationToken ct);
}

/// <summary>What an agent says of its host.</summary>
/// <param name="HardwareClass">Nodes of one class share what is learned.</param>
/// <param name="Space">Available knobs.</param>
/// <param name="Bypass">Why knobs do not apply to the host (kernel bypass); empty when they do.</param>
internal sealed record AgentDescription(string HardwareClass, KnobSpace Space, string Bypass = "");
