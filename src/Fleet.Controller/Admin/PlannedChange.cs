using System.Collections.Immutable;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.V1;

namespace Fleet.Controller.Admin;

/// <summary>A planned change as a function of the pool's document, by the rules of the real change.</summary>
internal static class PlannedChange
{
    /// <summary>Checks the request; what the pool itself does not allow is found when the function runs.</summary>
    /// <exception cref="FleetFault">Every illegal field.</exception>
    public static Func<PoolDocument, PoolDocument> Of(PlanRequest request)
    {
        var problems = new FieldProblems();
        double percentile = request.Sla is null || request.Sla.Percentile == 0 ? 99 : request.Sla.Percentile;
        problems.Check(percentile is >= 50 and <= 99.99, "sla.percentile", percentile, "50 to 99.99, or 0 for 99");
        problems.Check(
            request.Sla is null || request.Sla.LatencyUs is >= 10 and <= 60_000_000, "sla.latency_us", request.Sla?.LatencyUs,
            "10 to 60000000 microseconds");
        problems.Check(
            request.RequestsPerSecond is >= 0 and <= 1e9, "requests_per_second", request.RequestsPerSecond, "0 to 1000000000; 0: the present load");
        foreach ((string nodeId, uint weight) in request.Weights)
        {
            problems.Check(weight is >= 1 and <= 1_000_000, $"weights.{nodeId}", weight, "1 to 1000000");
        }

        problems.Throw();
        ImmutableArray<NodeDocument> joining = [.. request.AddNodes.Select(n => SpecValidation.Node(WithPool(n, request.PoolId)))];
        return pool => Change(pool, request, percentile, joining);
    }

    private static PoolDocument Change(PoolDocument pool, PlanRequest request, double percentile, ImmutableArray<NodeDocument> joining)
    {
        PoolDocument changed = request.Sla is null ? pool : pool with { Percentile = percentile, LatencyUs = request.Sla.LatencyUs };
        foreach (NodeDocument node in joining)
        {
            changed = NodeRules.Add(changed, node);
        }

        foreach ((string nodeId, uint weight) in request.Weights)
        {
            changed = NodeRules.Change(changed, nodeId, null, n => n with { Weight = (int)weight }, force: true);
        }

        // A dry run may ask for what would need force: the answer warns.
        foreach (string nodeId in request.RemoveNodes)
        {
            changed = NodeRules.Change(changed, nodeId, null, n => n with { Leaving = true }, force: true);
        }

        return changed;
    }

    private static V1.NodeSpec WithPool(V1.NodeSpec node, string poolId)
    {
        V1.NodeSpec copy = node.Clone();
        copy.PoolId = copy.PoolId.Length == 0 ? poolId : copy.PoolId;
        return copy;
    }
}
