using Fleet.Controller.Grains;
using Fleet.Core.Control;
using Fleet.Core.Planning;
using Fleet.Core.Search;
using Fleet.Core.Tuning;

namespace Fleet.Controller;

/// <summary>Makes the deciders of pools from the controller's options.</summary>
internal static class PoolControls
{
    /// <summary>A factory whose deciders mark their commands with the fencing epoch, so that two owners never use the same id.</summary>
    public static PoolControlFactory Factory(ControllerOptions options, ulong epoch) => (poolId, saved) => new PoolControl(
        new PoolControlOptions
        {
            CommandPrefix = $"{poolId}-{epoch}",
            Tuner = new TunerOptions
            {
                SettleTime = options.SettleTime,
                MeasureWindow = options.MeasureWindow,
                MaxWindow = 3 * options.MeasureWindow,
                HoldOff = options.SearchHoldOff,
                Search = new SearchOptions { TrialBudget = options.TrialBudget },
            },
            Planning = new PlanningOptions
            {
                MaxExploringShare = options.MaxExploringShare,
                MembershipQuiet = options.MembershipHoldOff,
            },
        },
        new ConstrainedSearch(),
        saved);
}
