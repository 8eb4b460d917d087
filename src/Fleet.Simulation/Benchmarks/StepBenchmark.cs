using System.Collections.Immutable;
using System.Text.Json;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Simulation.Benchmarks;

/// <summary>Measures what one full step of the search costs: both processes fitted anew, then every open setting scored.</summary>
public static class StepBenchmark
{
    private static readonly DateTimeOffset Now = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly KnobSpace Space = new(
    [
        new Knob("rx_usecs", [.. Enumerable.Range(1, 50).Select(i => (long)(2 * i * i))], KnobScale.Log),
        new Knob("cpu_mhz", [.. Enumerable.Range(0, 40).Select(i => 1000L + (50 * i))], KnobScale.Linear),
    ]);

    /// <summary>Runs every case: windows of one load, and of three loads (a warm start, whose other loads bound the forecasts).</summary>
    /// <param name="rows">Windows that the model is fitted to, 4 to 160.</param>
    /// <param name="steps">Steps that are timed after a tenth as many, at least 50, to warm up.</param>
    /// <param name="time">The clock.</param>
    public static StepReport Run(int rows, int steps, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return new StepReport(rows, Space.Cells, [.. new[] { 1, 3 }.Select(loads => Measure(rows, loads, steps, time))]);
    }

    private static StepRow Measure(int rows, int loads, int steps, TimeProvider time)
    {
        SearchRequest[] requests = [.. Enumerable.Range(0, 16).Select(i => Request(rows, loads, (ulong)i))];
        var search = new ConstrainedSearch();
        for (int i = 0; i < Math.Max(50, steps / 10); i++)
        {
            search.Next(requests[i % requests.Length]);
        }

        double[] milliseconds = new double[steps];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < steps; i++)
        {
            long start = time.GetTimestamp();
            search.Next(requests[i % requests.Length]);
            milliseconds[i] = time.GetElapsedTime(start).TotalMilliseconds;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Array.Sort(milliseconds);
        return new StepRow(loads, steps, milliseconds[steps / 2], milliseconds[Math.Min(steps * 99 / 100, steps - 1)], allocated / steps);
    }

    private static SearchRequest Request(int rows, int loads, ulong seed)
    {
        var random = new SeededNoise(seed + 1);
        ImmutableArray<Observation>.Builder known = ImmutableArray.CreateBuilder<Observation>();
        for (int i = 0; i < rows; i++)
        {
            double qps = 200_000 * (1 + (i % loads));
            Setting setting = i < loads ? Setting.Default : Space[random.NextLong(Space.Cells)];
            double mhz = setting.IsDefault ? 2800 : setting["cpu_mhz"];
            double delayUs = setting.IsDefault ? 20 : setting["rx_usecs"];
            double busy = Math.Min(0.95, qps / 1.2e6 * 2950 / mhz);
            known.Add(new Observation(
                "node",
                setting,
                qps,
                (40 + (50 * busy * mhz / 2950) - (2 * Math.Log(1 + delayUs))) * Math.Exp(0.01 * random.NextNormal()),
                0,
                ((40 * 2950 / mhz / (1 - busy)) + (0.9 * delayUs)) * Math.Exp(0.01 * random.NextNormal()),
                0,
                Now.AddSeconds(-10 * (rows - i))));
        }

        return new SearchRequest(
            Space, "node", 200_000, 300, known.ToImmutable(), [], [], rows / loads, Now, seed, new SearchOptions { TrialBudget = 1000 });
    }
}

/// <summary>What steps cost.</summary>
/// <param name="Rows">Windows that the model is fitted to.</param>
/// <param name="Cells">Settings of the space, beside the default.</param>
/// <param name="Cases">One row per number of loads.</param>
public sealed record StepReport(int Rows, long Cells, ImmutableArray<StepRow> Cases)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);
}

/// <summary>One case.</summary>
/// <param name="Loads">Loads that the windows are of.</param>
/// <param name="Steps">Steps that were timed.</param>
/// <param name="MedianMilliseconds">Median time of a step.</param>
/// <param name="P99Milliseconds">Its 99th percentile.</param>
/// <param name="BytesPerStep">Bytes allocated, mean.</param>
public sealed record StepRow(int Loads, int Steps, double MedianMilliseconds, double P99Milliseconds, long BytesPerStep);
