using Fleet.Hosting.Errors;

namespace Fleet.Cli.Bench.Failover;

/// <summary>Waits for a condition, never for a time.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns when the condition holds.</summary>
    /// <exception cref="StartupException">It did not within two minutes.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeProvider time, CancellationToken ct)
    {
        long start = time.GetTimestamp();
        while (!await condition().ConfigureAwait(false))
        {
            if (time.GetElapsedTime(start) > Patience)
            {
                throw new StartupException($"waited {Patience.TotalSeconds:0} s in vain: {what}");
            }

            await Task.Delay(Pause, time, ct).ConfigureAwait(false);
        }
    }
}
