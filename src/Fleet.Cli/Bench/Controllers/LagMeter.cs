using Fleet.Controller.Grains;
using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Cli.Bench.Controllers;

/// <summary>Measures, from over the deciders' shoulders, how long after its emission a slice has been acted upon.</summary>
/// <param name="fleet">When in a second each pool's are.</param>
/// <param name="clock">When slices are emitted.</param>
internal sealed class LagMeter(BenchFleet fleet, BenchClock clock)
{
    private readonly Lock _gate = new();
    private readonly LatencyHistogram _lags = new();
    private long _from = long.MaxValue;
    private long _until = long.MaxValue;

    /// <summary>Probes sent in the measured time.</summary>
    public long Probes { get; private set; }

    /// <summary>The lags of the measured time, microseconds.</summary>
    public LatencyHistogram Lags => _lags;

    /// <summary>Starts the measured time: slices emitted from now on count.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _from = clock.Next();
        }
    }

    /// <summary>Ends the measured time; gives the seconds that were emitted in it. Their slices are counted also when they come later.</summary>
    public long Stop()
    {
        lock (_gate)
        {
            _until = clock.Next();
            return _until - _from;
        }
    }

    /// <summary>Wraps deciders.</summary>
    public PoolControlFactory Around(PoolControlFactory inner) => (lease, saved) => new Measured(inner(lease, saved), this);

    private void Take(IReadOnlyList<PoolEvent> events, IReadOnlyList<PoolCommand> commands)
    {
        lock (_gate)
        {
            foreach (PoolEvent happened in events)
            {
                if (happened is SliceArrived { NodeId: var node, Slice.Requests: var requests } && requests - (long)BenchServer.Qps is var number
                    && number >= _from && number < _until)
                {
                    _lags.RecordUs((clock.LateMs(number) - (fleet.Phase(BenchFleet.Number(node)) * 1000)) * 1000);
                }
            }

            Probes += _from < long.MaxValue && _until == long.MaxValue ? commands.Count(c => c is ApplySetting { Exploring: true }) : 0;
        }
    }

    private sealed class Measured(IPoolControl inner, LagMeter meter) : IPoolControl, IPoolAdvisor
    {
        public PoolView View => inner.View;

        public IReadOnlyList<PoolCommand> Step(DateTimeOffset now, IReadOnlyList<PoolEvent> events)
        {
            IReadOnlyList<PoolCommand> commands = inner.Step(now, events);
            meter.Take(events, commands);
            return commands;
        }

        public PoolSnapshot Save() => inner.Save();

        public NodeExplanation? Explain(string nodeId, int limit) => ((IPoolAdvisor)inner).Explain(nodeId, limit);

        public PoolPlan? Plan(PlanQuery query) => ((IPoolAdvisor)inner).Plan(query);
    }
}
