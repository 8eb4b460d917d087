using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Planning;

namespace Fleet.Lab.Day;

/// <summary>How a plant's pool is planned: times of the planner, for the real controller and for the simulated one.</summary>
/// <param name="PlanInterval">Between plans.</param>
/// <param name="TurnOffDelay">Before a node is parked.</param>
/// <param name="MoveInterval">Between moves of load.</param>
internal sealed record PlannedPool(TimeSpan PlanInterval, TimeSpan TurnOffDelay, TimeSpan MoveInterval)
{
    /// <summary>
    /// Times for a day of minutes: an hour that lasts 15 s leaves no five minutes to wait before a node is parked.
    /// </summary>
    public static PlannedPool Compressed { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1));

    /// <summary>Options of <c>fleet controller</c>.</summary>
    public IReadOnlyList<string> ControllerOptions =>
    [
        "--plan-interval", Seconds(PlanInterval), "--turn-off-delay", Seconds(TurnOffDelay), "--move-interval", Seconds(MoveInterval),
    ];

    /// <summary>The same for the simulated pool.</summary>
    public PoolControlOptions Simulated => new()
    {
        Planning = new PlanningOptions
        {
            MembershipQuiet = TimeSpan.Zero, PlanInterval = PlanInterval, TurnOffDelay = TurnOffDelay, MoveInterval = MoveInterval,
        },
    };

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";
}
