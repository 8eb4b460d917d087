using System.Collections.Immutable;
using System.Globalization;

namespace Fleet.Lab.Day;

/// <summary>A compressed day on real servers: its load, its length, and when servers join and leave.</summary>
public sealed record DayPlan
{
    /// <summary>Where the load comes from, for the report.</summary>
    public string Source { get; init; } = "the project's own diurnal curve";

    /// <summary>Share of the peak in each hour.</summary>
    /// <value>Default <see cref="DayCurve.Default"/>; 2 to 48 hours, each above 0 to 1.</value>
    public ImmutableArray<double> Shares { get; init; } = DayCurve.Default;

    /// <summary>Requests per second of the whole pool at a share of 1.</summary>
    /// <value>Default 24,000; range 1,000 to 200,000.</value>
    public double PeakQps { get; init; } = 24_000;

    /// <summary>
    /// Length of the replay: every hour is played twice, under the kernel default and under the planner, each for its half of the time.
    /// </summary>
    /// <value>Default 12 min; range 1 to 120 min.</value>
    public TimeSpan Length { get; init; } = TimeSpan.FromMinutes(12);

    /// <summary>Blocks of hours that one side plays before the other plays the same hours, in the order ABBA.</summary>
    /// <value>Default 4; 2 to the number of hours.</value>
    public int Blocks { get; init; } = 4;

    /// <summary>The promise, microseconds at 99 %.</summary>
    /// <value>Default 500; range 50 to 1,000,000.</value>
    public double SlaUs { get; init; } = 500;

    /// <summary>Servers at the start.</summary>
    /// <value>Default 3; range 2 to 8.</value>
    public int Servers { get; init; } = 3;

    /// <summary>Seed of the load.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Longest time at peak load before the day in which the servers learn their settings.</summary>
    /// <value>Default 75 s; range 0 to 10 min.</value>
    public TimeSpan LearnLimit { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>Between a change of sides and the first hour that is measured.</summary>
    /// <value>Default 2 s; range 0 to 60 s.</value>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait for a join or a leave.</summary>
    /// <value>Default 25 s; range 1 s to 5 min.</value>
    public TimeSpan ChangeLimit { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Time that one side plays an hour.</summary>
    public TimeSpan HourLength => Length / (2 * Shares.Length);

    /// <summary>The hours of a block.</summary>
    public Range HoursOf(int block) => new(block * Shares.Length / Blocks, (block + 1) * Shares.Length / Blocks);

    /// <summary>Every illegal value with its legal range; empty when the plan can be played.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        Check(Servers is >= 2 and <= 8, $"--servers is {Servers}; legal is 2 to 8: one is parked while the others serve");
        Check(PeakQps is >= 1_000 and <= 200_000, Text($"--qps is {PeakQps}; legal is 1000 to 200000, the pool's load at the peak"));
        Check(
            Length >= TimeSpan.FromMinutes(1) && Length <= TimeSpan.FromMinutes(120),
            Text($"--day-minutes is {Length.TotalMinutes:0.###}; legal is 1 to 120"));
        Check(Shares.Length is >= 2 and <= 48, $"--trace: {Shares.Length} hours; a day that is played has 2 to 48");
        Check(SlaUs is >= 50 and <= 1_000_000, Text($"--sla-us is {SlaUs:0.###}; legal is 50 to 1000000"));
        return problems;

        void Check(bool legal, string problem)
        {
            if (!legal)
            {
                problems.Add(problem);
            }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
