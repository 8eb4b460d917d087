namespace Fleet.Controller.Grains;

/// <summary>Timings of talking to agents and proxies.</summary>
internal static class LinkTimings
{
    /// <summary>Between renewals of an agent's lease: a sixth of the lease, so five may be lost.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(5);

    /// <summary>Lease of an exploring agent without a renewal.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>Between an agent's readings; the same as a traffic slice.</summary>
    public static readonly TimeSpan Reading = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long an agent may keep readings of a settled setting. Nothing waits for those: they join a held window of seconds, and what the SLA
    /// is judged by comes from the proxies.
    /// </summary>
    public static readonly TimeSpan ReadingDelay = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait for one answer: an agent's change of all knobs takes milliseconds, a device reset about a second.</summary>
    public static readonly TimeSpan Call = TimeSpan.FromSeconds(10);

    /// <summary>Wait before dialling again: doubles from 0.25 s to 5 s while dialling fails.</summary>
    public static TimeSpan Backoff(int failures) => TimeSpan.FromMilliseconds(250 * Math.Min(20, 1 << Math.Min(failures, 5)));
}
