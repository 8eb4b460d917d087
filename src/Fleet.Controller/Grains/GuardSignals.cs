using Fleet.Core.Control;
using Fleet.Core.Measurement;
using Fleet.Core.Tuning;

namespace Fleet.Controller.Grains;

/// <summary>
/// What the agents' own guards hear of one step's slices. A latency that is over the promise is passed on only beyond doubt, by the same test
/// as the tuner's guard; trouble that most nodes have at the same moment is nobody's setting and is left out.
/// </summary>
internal static class GuardSignals
{
    /// <summary>Chance of a false alarm in one slice, as of the tuner's guard.</summary>
    private const double Alpha = 0.01;

    /// <summary>Expected requests over the promise below which a slice proves nothing either way.</summary>
    private const double LeastExpected = 0.03;

    /// <summary>The signals of a step, oldest first per node.</summary>
    public static IReadOnlyList<(string NodeId, GuardSignal Signal)> Of(IReadOnlyList<PoolEvent> events, Sla sla)
    {
        SliceArrived[] told = [.. events.OfType<SliceArrived>()
            .Where(s => s.Slice.Requests * TailTest.Allowed(sla.Percentile) >= LeastExpected && s.Slice.Duration > TimeSpan.Zero)];
        int nodes = told.Select(s => s.NodeId).Distinct().Count();
        int troubled = told.Where(s => Breaks(s.Slice, sla)).Select(s => s.NodeId).Distinct().Count();
        bool common = nodes > 1 && troubled * 2 > nodes;
        return [.. told.Select(s => (s.NodeId, Signal(s.Slice, sla, common)))];
    }

    private static GuardSignal Signal(TrafficSlice slice, Sla sla, bool common)
    {
        double latencyUs = slice.Latency.PercentileUs(sla.Percentile);
        bool said = latencyUs <= sla.LatencyUs || (!common && Breaks(slice, sla));
        return new GuardSignal(said ? latencyUs : null, sla.LatencyUs, slice.Requests / slice.Duration.TotalSeconds);
    }

    private static bool Breaks(TrafficSlice slice, Sla sla) =>
        TailTest.Breaks(slice.Requests, slice.Latency.CountAboveUs(sla.LatencyUs), sla.Percentile, Alpha);
}
