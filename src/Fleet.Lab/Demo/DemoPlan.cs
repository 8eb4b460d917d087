namespace Fleet.Lab.Demo;

/// <summary>Lengths of a demo's parts. The defaults sum to about four minutes.</summary>
public sealed record DemoPlan
{
    /// <summary>Promised latency of the first part, microseconds at 99 %. Default 500.</summary>
    public double FirstSlaUs { get; init; } = 500;

    /// <summary>Promised latency after the live change, microseconds at 99 %. Default 200.</summary>
    public double SecondSlaUs { get; init; } = 200;

    /// <summary>Kernel default before any tuning; the proxy's code is compiled for speed meanwhile. Default 12 s.</summary>
    public TimeSpan Baseline { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Longest wait for every node to hold a setting. Default 75 s.</summary>
    public TimeSpan TuneLimit { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>Pairs of compared windows, kernel default and tuned. Default 8.</summary>
    public int Pairs { get; init; } = 8;

    /// <summary>Length of a compared window. Default 3 s.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Pause between a change of settings and the window that measures it. Default 700 ms.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>Longest wait for every node to hold a setting under the second promise. Default 45 s.</summary>
    public TimeSpan RetuneLimit { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How long settings are watched once every node holds one under the second promise. Default 10 s.</summary>
    public TimeSpan Watch { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for a membership change to finish. Default 20 s.</summary>
    public TimeSpan ChangeLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Load that goes on after a membership change finished. Default 3 s.</summary>
    public TimeSpan AfterChange { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Between samples. Default 1 s.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(1);
}
