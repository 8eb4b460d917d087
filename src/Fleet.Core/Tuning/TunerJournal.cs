using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>Collects a tuner's decisions of one step with the figures that they rest on.</summary>
internal sealed class TunerJournal(string nodeId)
{
    private readonly List<PoolCommand> _records = [];
    private DateTimeOffset _now;
    private double _qps;

    /// <summary>Opens a step.</summary>
    public void Begin(TunerInput input, double qps)
    {
        _now = input.Now;
        _qps = qps;
    }

    /// <summary>Notes a decision.</summary>
    public void Record(
        string kind, Setting setting, string trigger, string reason, SearchDecision? decision = null, MeasuredWindow? window = null) =>
        _records.Add(new RecordDecision(new DecisionRecord(
            _now,
            nodeId,
            kind,
            setting,
            trigger,
            window?.Qps ?? _qps,
            decision?.PredictedWatts,
            window?.Watts,
            decision?.PredictedPercentileUs,
            window is { Requests: > 0 } ? window.PercentileUs : null,
            decision?.ProbabilityFeasible,
            decision?.ExpectedGain,
            reason)));

    /// <summary>Hands the step's decisions over.</summary>
    public void MoveTo(ICollection<PoolCommand> commands)
    {
        foreach (PoolCommand record in _records)
        {
            commands.Add(record);
        }

        _records.Clear();
    }
}
