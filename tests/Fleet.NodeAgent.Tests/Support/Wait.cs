namespace Fleet.NodeAgent.Tests.Support;

/// <summary>Waits for a condition on real processes, with a limit.</summary>
internal static class Wait
{
    internal static async Task UntilAsync(Func<bool> condition, string what, int seconds = 20)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start).TotalSeconds > seconds)
            {
                throw new TimeoutException($"not within {seconds} s: {what}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
