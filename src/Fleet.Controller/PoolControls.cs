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
    public static PoolControlFactory Factory(ControllerOptions options, ModelBudget models) => (lease, saved) => new PoolControl(
        new PoolControlOptions
        {
            CommandPrefix = $"{lease.PoolId}-{lease.Epoch}",
            Tuner = new TunerOptions
            {
                SettleTime = options.SettleTime,
                MeasureWindow = options.MeasureWindow,
                MaxWindow = 3 * options.MeasureWindow,
                HoldOff = options.SearchHoldOff,
                // A live server's windows vary more than a published surface's: what settles keeps the margin that counts as proven,
                // or the next window of the same setting breaks the promise.
                ProvenMargin = options.SettleMargin,
                Search = new SearchOptions
                {
                    TrialBudget = options.TrialBudget, SettleMargin = options.SettleMargin, PowerNoise = options.PowerNoise,
                },
            },
            Planning = new PlanningOptions
            {
                MaxExploringShare = options.MaxExploringShare,
                MembershipQuiet = options.MembershipHoldOff,
                PlanInterval = options.PlanInterval,
                TurnOffDelay = options.TurnOffDelay,
                MoveInterval = options.MoveInterval,
                MostNodeQps = options.MostNodeQps,
            },
        },
        new BudgetedSearch(new ConstrainedSearch(), models),
        saved);
}
