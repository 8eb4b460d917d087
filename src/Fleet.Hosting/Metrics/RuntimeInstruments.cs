using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Fleet.Hosting.Metrics;

/// <summary>What is read of the runtime's own meter: garbage collection, memory, threads, exceptions.</summary>
internal sealed class RuntimeInstruments
{
    private const string RuntimeMeter = "System.Runtime";

    // The process's own figures are exposed under the names that Prometheus' libraries share (process_*).
    private static readonly string[] Elsewhere = ["dotnet.process.cpu.time", "dotnet.process.cpu.count", "dotnet.process.memory.working_set"];
    private readonly ConcurrentDictionary<string, (Instrument Instrument, double Total)> _counted = new(StringComparer.Ordinal);

    /// <summary>Whether the instrument is exposed.</summary>
    public static bool Wants(Instrument instrument) =>
        instrument.Meter.Name == RuntimeMeter && !Elsewhere.Contains(instrument.Name);

    /// <summary>The definition of an instrument of the runtime.</summary>
    public static MetricDefinition Define(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string[] labels = new string[tags.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = tags[i].Key.Replace('.', '_');
        }

        MetricKind kind = instrument.GetType().Name.Contains("UpDown", StringComparison.Ordinal)
            || instrument.GetType().Name.Contains("Gauge", StringComparison.Ordinal) ? MetricKind.Gauge : MetricKind.Counter;
        return new(instrument.Name, kind, instrument.Unit ?? "", instrument.Description ?? instrument.Name, labels, "the runtime's own");
    }

    /// <summary>Counts an event of an instrument that is not observed; its labels (types of exceptions) are summed away.</summary>
    public void Count(Instrument instrument, double value) =>
        _counted.AddOrUpdate(instrument.Name, _ => (instrument, value), (_, c) => (c.Instrument, c.Total + value));

    /// <summary>What was counted so far.</summary>
    public IEnumerable<(MetricDefinition Definition, List<Sample> Samples)> Counted() =>
        _counted.Values.Select(c => (Define(c.Instrument, []), new List<Sample> { new(c.Total) }));
}
