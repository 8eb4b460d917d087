using Fleet.Core.Control;

namespace Fleet.Controller.Audit;

/// <summary>Keeps decisions with their reasons, for people who ask why.</summary>
internal interface IDecisionLog
{
    /// <summary>Adds a decision of the pool.</summary>
    void Add(string poolId, DecisionRecord decision);

    /// <summary>The latest decisions, newest first.</summary>
    /// <param name="poolId">The pool.</param>
    /// <param name="nodeId">The node; null for every node of the pool.</param>
    /// <param name="limit">Most that are returned.</param>
    IReadOnlyList<DecisionRecord> Latest(string poolId, string? nodeId, int limit);
}
