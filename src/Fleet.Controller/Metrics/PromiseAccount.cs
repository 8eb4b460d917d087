namespace Fleet.Controller.Metrics;

/// <summary>How one pool keeps its promise: totals since the start, and the last hour minute by minute for the error budget.</summary>
internal sealed class PromiseAccount
{
    private const int Minutes = 60;
    private readonly (long Minute, long Requests, long Late)[] _hour = new (long, long, long)[Minutes];

    /// <summary>Requests reported.</summary>
    public long Requests { get; private set; }

    /// <summary>Requests above the promised latency, and failed ones.</summary>
    public long Violations { get; private set; }

    /// <summary>Requests that failed.</summary>
    public long Errors { get; private set; }

    /// <summary>Adds one node's slice.</summary>
    public void Add(DateTimeOffset now, long requests, long late, long errors)
    {
        Requests += requests;
        Violations += late;
        Errors += errors;
        long minute = now.ToUnixTimeSeconds() / 60;
        ref (long Minute, long Requests, long Late) cell = ref _hour[minute % Minutes];
        cell = cell.Minute == minute ? (minute, cell.Requests + requests, cell.Late + late) : (minute, requests, late);
    }

    /// <summary>What is left of the last hour's budget: 1 all, 0 none, below 0 broken; null without requests.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="percentile">The promise's percentile.</param>
    public double? Budget(DateTimeOffset now, double percentile)
    {
        long oldest = (now.ToUnixTimeSeconds() / 60) - Minutes;
        long requests = _hour.Where(c => c.Minute > oldest).Sum(c => c.Requests);
        long late = _hour.Where(c => c.Minute > oldest).Sum(c => c.Late);
        double allowed = requests * (1 - (percentile / 100));
        return allowed > 0 ? 1 - (late / allowed) : null;
    }
}
