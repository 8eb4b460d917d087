namespace Fleet.Core.Control;

/// <summary>Answers people's questions about a pool; changes nothing.</summary>
public interface IPoolAdvisor
{
    /// <summary>Why the node has its setting; null when the pool does not have the node.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="limit">Most candidates; at least 1.</param>
    NodeExplanation? Explain(string nodeId, int limit);

    /// <summary>What a change of membership or promise would do; null before the pool has a spec.</summary>
    PoolPlan? Plan(PlanQuery query);
}
