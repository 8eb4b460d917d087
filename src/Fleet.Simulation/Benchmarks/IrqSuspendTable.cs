using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Benchmarks;

/// <summary>
/// The summary of the published IRQ-suspension runs (github.com/martinkarsten/irqsuspend: memcached on an EPYC 7662) as a surface: how long
/// interrupts are deferred, with and without suspension. The runs hold no power, so it is taken as linear in the cores' busy share.
/// </summary>
public static class IrqSuspendTable
{
    private const string DeferKnob = "gro_flush_usecs";
    private const string SuspendKnob = "irq_suspend";
    private const double IdleWatts = 60;
    private const double BusyWatts = 1.2;

    /// <summary>Reads one version's runs at a fixed load; null with problems when the table is not that.</summary>
    /// <param name="text">The summary: version, load_qps, testcase, …, p99_us, cpu_pct, ….</param>
    /// <param name="version">The version, "v1" to "v8".</param>
    public static (Surface? Surface, string Problem) Read(TextReader text, string version)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<string> lines = [];
        while (text.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                lines.Add(line);
            }
        }

        string[] header = lines.Count > 0 ? lines[0].Split(',') : [];
        int[] columns = [.. new[] { "version", "load_qps", "testcase", "p99_us", "cpu_pct" }.Select(c => Array.IndexOf(header, c))];
        if (columns.Contains(-1))
        {
            return (null, $"the header is \"{string.Join(',', header)}\"; it needs version, load_qps, testcase, p99_us and cpu_pct");
        }

        var cells = new List<SurfaceCell>();
        foreach (string[] fields in lines.Skip(1).Select(l => l.Split(',')).Where(f => f[columns[0]] == version))
        {
            if (Number(fields[columns[1]]) is > 0 and var qps && SettingOf(fields[columns[2]]) is { } setting
                && Number(fields[columns[3]]) is > 0 and var p99Us && Number(fields[columns[4]]) is > 0 and var busy)
            {
                cells.Add(new SurfaceCell(qps, setting, IdleWatts + (BusyWatts * busy), p99Us, null, null, 1));
            }
        }

        long[] defers = [.. cells.Where(c => !c.Setting.IsDefault).Select(c => c.Setting[DeferKnob]).Distinct().Order()];
        return cells.Count == 0 || defers.Length < 2
            ? (null, $"no runs of version {version} with two deferrals or more")
            : (new Surface(new KnobSpace([new(DeferKnob, [.. defers], KnobScale.Log), new(SuspendKnob, [0, 1], KnobScale.Enum)]), cells), "");
    }

    private static Setting? SettingOf(string test)
    {
        bool suspends = test.StartsWith("suspend", StringComparison.Ordinal);
        string digits = suspends ? test["suspend".Length..] : test.StartsWith("defer", StringComparison.Ordinal) ? test["defer".Length..] : "";
        return test == "base" ? Setting.Default
            : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long us) && us > 0
                ? new Setting([new(DeferKnob, us), new(SuspendKnob, suspends ? 1 : 0)])
            : null;
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : 0;
}
