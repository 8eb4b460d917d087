namespace Fleet.NodeAgent.Safety;

/// <summary>Keeps changes apart: a host that is moved all the time is never measured. The way back is always free.</summary>
internal sealed class ChangePacer(TimeSpan interval)
{
    private TimeSpan? _last;

    internal void Changed(TimeSpan now) => _last = now;

    /// <summary>How long until the next change may be made; zero: now.</summary>
    internal TimeSpan Wait(TimeSpan now) => _last is { } last && last + interval > now ? last + interval - now : TimeSpan.Zero;
}
