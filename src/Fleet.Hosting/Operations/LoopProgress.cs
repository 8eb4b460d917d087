namespace Fleet.Hosting.Operations;

/// <summary>Tells whether a loop still turns: the loop beats, others ask how long ago that was.</summary>
/// <param name="limit">Silence that counts as stuck.</param>
/// <param name="time">Clock.</param>
public sealed class LoopProgress(TimeSpan limit, TimeProvider time)
{
    private long _beat = time.GetTimestamp();

    /// <summary>The loop turned.</summary>
    public void Beat() => Volatile.Write(ref _beat, time.GetTimestamp());

    /// <summary>Null while the loop turns, else how long it has stood still.</summary>
    public string? Problem()
    {
        TimeSpan silence = time.GetElapsedTime(Volatile.Read(ref _beat));
        return silence <= limit ? null : $"no progress for {silence.TotalSeconds:0.0} s (limit {limit.TotalSeconds:0.#} s)";
    }
}
