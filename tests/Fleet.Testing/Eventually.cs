namespace Fleet.Testing;

/// <summary>Waits for a condition with a bound, instead of sleeping and hoping.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until the condition holds.</summary>
    /// <param name="condition">Evaluated again and again.</param>
    /// <param name="what">Told when the wait ends in vain.</param>
    /// <param name="seconds">Longest wait, seconds.</param>
    public static Task TrueAsync(Func<bool> condition, string what, double seconds = 30) =>
        TrueAsync(() => Task.FromResult(condition()), what, seconds);

    /// <summary>Waits until the condition holds.</summary>
    /// <param name="condition">Evaluated again and again.</param>
    /// <param name="what">Told when the wait ends in vain.</param>
    /// <param name="seconds">Longest wait, seconds.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, double seconds = 30)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start).TotalSeconds > seconds)
            {
                throw new TimeoutException($"not within {seconds} s: {what}");
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
