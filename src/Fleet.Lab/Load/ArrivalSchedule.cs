namespace Fleet.Lab.Load;

/// <summary>When requests are due: a Poisson process whose rate may change at any time. Times are clock ticks of the caller.</summary>
internal sealed class ArrivalSchedule(Random random, double ticksPerSecond, double qps)
{
    private double _next;

    /// <summary>Requests per second now.</summary>
    public double Qps { get; private set; } = qps;

    /// <summary>When the next request is due.</summary>
    public long NextDue => (long)_next;

    /// <summary>Starts the process at a time.</summary>
    public void Start(long now) => _next = now + Gap();

    /// <summary>Moves on to the next request.</summary>
    public void Advance() => _next += Gap();

    /// <summary>
    /// Changes the rate. A request that is due stays due; one in the future is drawn anew from now, which a Poisson process allows because
    /// it has no memory.
    /// </summary>
    public void ChangeRate(double qps, long now)
    {
        if (qps == Qps)
        {
            return;
        }

        Qps = qps;
        if (NextDue > now)
        {
            _next = now + Gap();
        }
    }

    private double Gap() => -Math.Log(1 - random.NextDouble()) * ticksPerSecond / Qps;
}
