namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// A slow meter of the whole machine, asked in the background so that it never delays a reading. Its watts calibrate the fast source; they
/// never replace it.
/// </summary>
internal sealed class CalibrationMeter : IDisposable
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private double? _watts;
    private long _at;
    private string _reason;

    /// <param name="name">The sensor's stable name.</param>
    /// <param name="source">The source that readings carry.</param>
    /// <param name="absent">Why it is not there at all; null: ask it.</param>
    /// <param name="ask">Asks once.</param>
    /// <param name="time">Clock.</param>
    internal CalibrationMeter(
        string name, string source, string? absent, Func<CancellationToken, Task<(double? Watts, string Reason)>> ask, TimeProvider time)
    {
        Name = name;
        Source = source;
        _time = time;
        _reason = absent ?? "not asked yet";
        Present = absent is null;
        Ask = ask;
    }

    internal string Name { get; }

    internal string Source { get; }

    /// <summary>Whether there is anything to ask.</summary>
    internal bool Present { get; }

    private Func<CancellationToken, Task<(double? Watts, string Reason)>> Ask { get; }

    /// <summary>The last answer with its age; null when there is none or it is older than three intervals.</summary>
    internal (double Watts, TimeSpan Age)? Latest
    {
        get
        {
            lock (_gate)
            {
                TimeSpan age = _time.GetElapsedTime(_at);
                return _watts is { } watts && age <= Interval * 3 ? (watts, age) : null;
            }
        }
    }

    /// <summary>Why there is no answer; empty when there is.</summary>
    internal string Reason
    {
        get
        {
            lock (_gate)
            {
                return _reason;
            }
        }
    }

    /// <summary>Asks every ten seconds until disposed.</summary>
    internal void Start()
    {
        if (Present)
        {
            _ = RunAsync(_stop.Token);
        }
    }

    /// <summary>Asks once.</summary>
    internal async Task AskOnceAsync(CancellationToken ct)
    {
        (double? watts, string reason) answer;
        try
        {
            answer = await Ask(ct);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or UnauthorizedAccessException
            || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            answer = (null, e.Message);
        }

        lock (_gate)
        {
            _watts = answer.watts;
            _reason = answer.reason;
            _at = _time.GetTimestamp();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                // A management controller may take its time, and the agent has one worker: the question has a thread of its own.
                await Task.Factory.StartNew(() => AskOnceAsync(ct), ct, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
                await Task.Delay(Interval, _time, ct);
            }
        }
        catch (OperationCanceledException)
        {
            // The agent ends.
        }
    }
}
