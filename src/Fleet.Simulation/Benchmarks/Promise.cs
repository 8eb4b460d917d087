using Fleet.Core.Search;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Benchmarks;

/// <summary>What a benchmark's search is asked: an SLA and an objective, judged by a surface's true values.</summary>
internal sealed record Promise(double SlaUs, Objective Objective)
{
    /// <summary>The SLA in reports: 0 where a power cap is the limit.</summary>
    public double ReportedSlaUs => Objective.CapsPower ? 0 : SlaUs;

    /// <summary>The power cap in reports; null where the SLA is the limit.</summary>
    public double? ReportedCapWatts => Objective.CapsPower ? Objective.PowerCapWatts : null;

    /// <summary>True cost of a cell.</summary>
    public double Cost(SurfaceCell cell) => Objective.Cost(cell.Watts, cell.Qps, cell.PercentileUs);

    /// <summary>Whether the cell truly keeps the limit.</summary>
    public bool Keeps(SurfaceCell cell) => Objective.Limited(cell.Watts, cell.PercentileUs) <= Objective.Limit(SlaUs);

    /// <summary>The cell of a load that comes nearest to the limit from above, or is furthest below it.</summary>
    public SurfaceCell Closest(Surface surface, double qps) =>
        surface.At(qps).MinBy(c => Objective.Limited(c.Watts, c.PercentileUs))!;
}
