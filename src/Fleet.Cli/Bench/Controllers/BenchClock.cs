namespace Fleet.Cli.Bench.Controllers;

/// <summary>
/// The beat of the simulated fleet: second number k of every proxy is emitted at the begin plus k seconds. It counts by the machine's
/// monotonic clock, which all processes share, so that another process knows when a slice was due.
/// </summary>
/// <param name="begin">Timestamp of second 0.</param>
/// <param name="time">The clock.</param>
internal sealed class BenchClock(long begin, TimeProvider time)
{
    /// <summary>Timestamp of second 0.</summary>
    public long Begin { get; } = begin;

    /// <summary>Milliseconds since a second was due.</summary>
    public double LateMs(long number) =>
        ((time.GetTimestamp() - Begin) * 1000.0 / time.TimestampFrequency) - (number * 1000.0);

    /// <summary>Waits until a second is due, plus the share of a second that spreads the nodes.</summary>
    public async Task UntilAsync(int number, double share, CancellationToken ct)
    {
        double ms = ((number + share) * 1000) - LateMs(0);
        if (ms > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(ms), time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>The next second that is due.</summary>
    public int Next() => (int)Math.Max(Math.Ceiling(LateMs(0) / 1000), 0);
}
