using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>
/// A faster clock never makes a server slower: what breaks the limit breaks it at every slower clock too, here and at higher loads, and
/// what keeps it keeps it at every faster clock, here and at lower loads. In the published memcached table this holds of 99 to 100 % of
/// neighbouring cells; along a delay it holds of half of them, so there is no such rule there.
/// </summary>
internal sealed class ClockOrder
{
    // One-sided 95 % of a normal error: a window says that a setting breaks or keeps the limit beyond this many of its errors.
    private const double OneSided95 = 1.645;

    private readonly InputSpace _space;
    private readonly bool[] _isClock;
    private readonly List<int[]> _breaking = [];
    private readonly List<(int[] Indices, double LogLatency, double Sd)> _keeping = [];

    /// <summary>Sorts the windows into those that prove something.</summary>
    public ClockOrder(ContextModel model, double logLoad, double logLimit)
    {
        _space = model.Space;
        _isClock = [.. model.Space.Roles.Select(r => r == KnobRole.Clock)];
        foreach (Observation o in model.Rows.Where(o => _isClock.Contains(true) && o.SpeaksOfLatency))
        {
            if (_space.IndicesOf(o.Setting) is not { } indices)
            {
                continue;
            }

            double distance = Math.Log(o.Qps) - logLoad;
            double logLatency = Math.Log(o.PercentileUs);
            double sd = Math.Sqrt((o.PercentileSd * o.PercentileSd) + Math.Pow(OutputPrior.LogLatency.NoiseFloor, 2));
            if (distance <= ContextModel.SameLoad && (o.Censored || logLatency - (OneSided95 * sd) > logLimit))
            {
                _breaking.Add(indices);
            }
            else if (distance >= -ContextModel.SameLoad && !o.Censored && logLatency + (OneSided95 * sd) < logLimit)
            {
                _keeping.Add((indices, logLatency, sd));
            }
        }
    }

    /// <summary>Whether a setting that breaks the limit differs from this one in nothing but a clock at least as fast.</summary>
    public bool TooSlow(ReadOnlySpan<int> indices)
    {
        foreach (int[] breaking in _breaking)
        {
            if (NoFaster(indices, breaking))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The forecast, or with the latency of a setting that keeps the limit and differs in nothing but a slower clock.</summary>
    public Forecast Bound(ReadOnlySpan<int> indices, Forecast forecast, Goal goal)
    {
        foreach ((int[] keeping, double logLatency, double sd) in _keeping)
        {
            Forecast bound = forecast with { LogLatency = logLatency, LatencySd = sd };
            if (goal.SlackZ(bound) > goal.SlackZ(forecast) && NoFaster(keeping, indices))
            {
                forecast = bound;
            }
        }

        return forecast;
    }

    private bool NoFaster(ReadOnlySpan<int> slow, ReadOnlySpan<int> fast)
    {
        for (int k = 0; k < slow.Length; k++)
        {
            if (_isClock[k] ? slow[k] > fast[k] : slow[k] != fast[k])
            {
                return false;
            }
        }

        return true;
    }
}
