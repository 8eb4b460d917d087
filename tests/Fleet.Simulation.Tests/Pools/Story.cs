using Fleet.Core.Control;
using Fleet.Core.Planning;
using Fleet.Core.Tuning;
using Fleet.Simulation.Pools;

namespace Fleet.Simulation.Tests.Pools;

/// <summary>Runs of a simulated pool with dials short enough for a test.</summary>
internal static class Story
{
    public static SimulatedPoolOptions Options(ulong seed = 1) => new()
    {
        Seed = seed,
        Control = new PoolControlOptions
        {
            Planning = new PlanningOptions { MaxExploringShare = 1, MembershipQuiet = TimeSpan.FromSeconds(3) },
            Tuner = new TunerOptions
            {
                HoldOff = TimeSpan.FromSeconds(20),
                LoadDownHold = TimeSpan.FromSeconds(20),
                QuarantineFirst = TimeSpan.FromSeconds(20),
            },
        },
    };

    public static SimulatedMoment[] For(this SimulatedPool pool, double seconds) => [.. pool.Run(TimeSpan.FromSeconds(seconds))];

    /// <summary>CPU microseconds per request of some moments.</summary>
    public static double CpuUsPerRequest(this IEnumerable<SimulatedMoment> moments) =>
        moments.Sum(m => m.Nodes.Sum(n => n.CpuSeconds)) / moments.Sum(m => m.Nodes.Sum(n => n.Requests)) * 1e6;

    /// <summary>Share of requests over the SLA.</summary>
    public static double OverShare(this IEnumerable<SimulatedMoment> moments) =>
        (double)moments.Sum(m => m.Nodes.Sum(n => n.OverSla)) / Math.Max(moments.Sum(m => m.Nodes.Sum(n => n.Requests)), 1);

    /// <summary>Windows of 2 s that a node spent holding a tuned setting, and how many of them kept the promise.</summary>
    public static (int Held, int Met) HeldWindows(this IEnumerable<SimulatedMoment> moments)
    {
        int held = 0;
        int met = 0;
        var open = new Dictionary<string, (int Slices, long Requests, long Over)>();
        foreach (SimulatedMoment moment in moments)
        {
            foreach (SimulatedNodeMoment node in moment.Nodes)
            {
                NodeView? view = moment.View.Nodes.FirstOrDefault(n => n.NodeId == node.NodeId);
                if (view is not { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false })
                {
                    open.Remove(node.NodeId);
                    continue;
                }

                var (slices, requests, over) = open.GetValueOrDefault(node.NodeId);
                open[node.NodeId] = (slices + 1, requests + node.Requests, over + node.OverSla);
                if (slices + 1 == 8)
                {
                    held++;
                    met += over + node.OverSla <= (requests + node.Requests) * 0.01 ? 1 : 0;
                    open.Remove(node.NodeId);
                }
            }
        }

        return (held, met);
    }
}
