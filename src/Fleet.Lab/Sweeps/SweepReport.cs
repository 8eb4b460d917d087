using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.Lab.Load;

namespace Fleet.Lab.Sweeps;

/// <summary>A sweep, as its JSON carries it.</summary>
/// <param name="Schema">Shape of the document: "fleet-sweep/1".</param>
/// <param name="Workload">"memcached" or "netpipe".</param>
/// <param name="Plant">What was swept.</param>
/// <param name="PowerSource">Source of the power figures; "model" is an estimate from CPU time, not a measurement.</param>
/// <param name="WindowSeconds">Length of one measurement.</param>
/// <param name="Repeats">Measurements of each cell.</param>
/// <param name="Seed">Seed of the load.</param>
/// <param name="Cells">The surface: one row per load and setting.</param>
/// <param name="Messages">NetPIPE's own figures; empty for memcached.</param>
public sealed record SweepReport(
    string Schema,
    string Workload,
    string Plant,
    string PowerSource,
    double WindowSeconds,
    int Repeats,
    int Seed,
    IReadOnlyList<SweepCell> Cells,
    IReadOnlyList<NetPipeCell> Messages)
{
    /// <summary>Value of <see cref="Schema"/>.</summary>
    public const string SchemaName = "fleet-sweep/1";

    /// <summary>The workload of requests to memcached.</summary>
    public const string Memcached = "memcached";

    /// <summary>The workload of messages there and back.</summary>
    public const string NetPipe = "netpipe";

    /// <summary>Where the power figures come from, for people.</summary>
    [JsonIgnore]
    public string PowerText => PowerSource == "model" ? "estimated from CPU time by the agent's model, not measured" : $"measured by {PowerSource}";

    /// <summary>The report as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, LoadResult.JsonOptions);

    /// <summary>The cells in the surface format; comment lines say what the columns stand for.</summary>
    public string Csv() => SweepCell.Csv(Cells, Comments());

    private IEnumerable<string> Comments()
    {
        yield return $"fleet sweep: {Workload} on {Plant}; watts: {PowerText}; a row without knob values is the kernel default";
        if (Messages.Count == 0)
        {
            yield return "p99_us: 99th percentile at the load, from when a request was due; median over slices of the window";
            yield break;
        }

        yield return "qps: round trips a second of the kernel default at one message size; watts: energy of a round trip, both ends, times qps";
        yield return "p99_us: NetPIPE's mean round trip of its fastest series of three; it gives no percentile";
        foreach (NetPipeCell plain in Messages.Where(m => m.IsDefault))
        {
            double qps = Cells[Messages.ToList().IndexOf(plain)].Qps;
            yield return string.Create(CultureInfo.InvariantCulture, $"qps {qps:0.##}: messages of {plain.MessageBytes} bytes");
        }
    }
}
