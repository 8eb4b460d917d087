using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Planning;

namespace Fleet.Lab.Day;

/// <summary>How a plant's pool is planned: times of the planner, for the real controller and for the simulated one.</summary>
/// <param name="PlanInterval">Between plans.</param>
/// <param name="TurnOffDelay">Before a node is parked.</param>
/// <param name="MoveInterval">Between moves of load.</param>
/// <param name="MostNodeShare">Most load that a plan gives one node, as a share of the peak.</param>
internal sealed record PlannedPool(TimeSpan PlanInterval, TimeSpan TurnOffDelay, TimeSpan MoveInterval, double MostNodeShare)
{
    /// <summary>
    /// Times for a day of minutes: an hour that lasts 15 s leaves no five minutes to wait before a node is parked. One server of the lab
    /// could carry the whole peak, which proxy and load on the other core cannot offer; its limit makes the peak one of three servers, a
    /// spare one included.
    /// </summary>
    public static PlannedPool Compressed { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1), 0.6);

    /// <summary>Options of <c>fleet controller</c>.</summary>
    /// <param name="peakQps">The pool's load at the peak.</param>
    public IReadOnlyList<string> ControllerOptions(double peakQps) =>
    [
        "--plan-interval", Seconds(PlanInterval), "--turn-off-delay", Seconds(TurnOffDelay), "--move-interval", Seconds(MoveInterval),
        "--most-node-load", MostNodeQps(peakQps).ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>Most load that a plan gives one node.</summary>
    public double MostNodeQps(double peakQps) => Math.Ceiling(MostNodeShare * peakQps);

    /// <summary>The same for the simulated pool.</summary>
    /// <param name="peakQps">The pool's load at the peak.</param>
    public PoolControlOptions Simulated(double peakQps) => new()
    {
        Planning = new PlanningOptions
        {
            MembershipQuiet = TimeSpan.Zero, PlanInterval = PlanInterval, TurnOffDelay = TurnOffDelay, MoveInterval = MoveInterval,
            MostNodeQps = MostNodeQps(peakQps),
        },
    };

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";
}
