namespace Fleet.Core.Planning;

/// <summary>
/// What a move of keys costs a keyed pool, measured from its miss rate: how many more reads than usual missed after the moves so far, for each
/// request per second that moved. Before the first move the options' guess stands.
/// </summary>
internal sealed class MoveCost(PlanningOptions options)
{
    // Misses of a move come while its keys are asked for again.
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(60);

    // Time constant of the usual share of misses.
    private const double UsualSeconds = 60;

    // Weight of the latest move.
    private const double Newest = 0.3;

    private double? _usual;
    private DateTimeOffset _movedAt;
    private double _movedQps;
    private double _excess;
    private double? _measured;

    /// <summary>Misses that moving one request per second costs.</summary>
    public double MissesPerMovedQps => _measured ?? 60 * options.MovedKeyShare;

    /// <summary>Whether a move has been measured.</summary>
    public bool IsMeasured => _measured is not null;

    /// <summary>Mean power that a move costs while its plan lasts, watts.</summary>
    public double Watts(double movedQps) =>
        movedQps * MissesPerMovedQps * options.JoulesPerMiss / Math.Max(options.TurnOffDelay.TotalSeconds, 1);

    /// <summary>Load of so many requests per second has moved to other nodes.</summary>
    public void Moved(DateTimeOffset now, double qps)
    {
        Close();
        (_movedAt, _movedQps, _excess) = (now, qps, 0);
    }

    /// <summary>Takes the reads of an interval, all nodes.</summary>
    public void Add(DateTimeOffset now, double seconds, long hits, long misses)
    {
        double reads = hits + misses;
        if (reads <= 0)
        {
            return;
        }

        double share = misses / reads;
        if (_movedQps > 0 && _usual is { } usual)
        {
            _excess += misses - (usual * reads);
            if (now - _movedAt >= Aftermath)
            {
                Close();
            }
        }
        else
        {
            double weight = 1 - Math.Exp(-seconds / UsualSeconds);
            _usual = _usual is { } before ? before + (weight * (share - before)) : share;
        }
    }

    private void Close()
    {
        if (_movedQps > 0 && _usual is not null)
        {
            double seen = Math.Max(_excess, 0) / _movedQps;
            _measured = _measured is { } before ? before + (Newest * (seen - before)) : seen;
        }

        _movedQps = 0;
    }
}
