using System.Collections.Immutable;
using Fleet.Controller.Storage;
using Fleet.Core.Control;

namespace Fleet.Controller.Grains;

/// <summary>One pool as others may see it without entering its grain: replaced as a whole after every step.</summary>
/// <param name="Document">What the operator asked for.</param>
/// <param name="View">What the decider makes of it.</param>
/// <param name="AgentErrors">Last error of talking to an agent, by node; nodes without an error are absent.</param>
internal sealed record PoolPicture(PoolDocument Document, PoolView View, ImmutableDictionary<string, string> AgentErrors);
