using System.Diagnostics.Metrics;

namespace Fleet.Hosting.Metrics;

/// <summary>
/// The instruments of one service: System.Diagnostics.Metrics instruments that any listener can read, made from definitions so that a
/// name exists once. Values are observed when somebody reads; between two reads an instrument costs nothing.
/// </summary>
public sealed class ServiceMeter : IDisposable
{
    private readonly Dictionary<string, (MetricDefinition Definition, Func<IEnumerable<Sample>> Observe)> _scalars = new(StringComparer.Ordinal);
    private readonly List<(MetricDefinition Definition, Func<IEnumerable<HistogramSample>> Observe)> _histograms = [];

    /// <summary>Creates the meter.</summary>
    /// <param name="service">Name of the service: "proxy", "agent" or "controller".</param>
    public ServiceMeter(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        Service = service;
        Meter = new Meter("Fleet." + char.ToUpperInvariant(service[0]) + service[1..]);
    }

    /// <summary>Name of the service.</summary>
    public string Service { get; }

    /// <summary>The meter that holds the instruments.</summary>
    public Meter Meter { get; }

    /// <summary>Counters and gauges. A scrape reads them here: through the instruments each value would be wrapped in tags of its own.</summary>
    internal IReadOnlyCollection<(MetricDefinition Definition, Func<IEnumerable<Sample>> Observe)> Scalars => _scalars.Values;

    /// <summary>Histograms that their owners keep summed.</summary>
    internal IReadOnlyList<(MetricDefinition Definition, Func<IEnumerable<HistogramSample>> Observe)> Histograms => _histograms;

    /// <summary>Adds a counter or gauge without labels.</summary>
    public void Observe(MetricDefinition definition, Func<double> observe)
    {
        ArgumentNullException.ThrowIfNull(observe);
        Observe(definition, () => [new Sample(observe())]);
    }

    /// <summary>Adds a counter or gauge; a value that is not known is left out, never reported as 0.</summary>
    public void Observe(MetricDefinition definition, Func<IEnumerable<Sample>> observe)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(observe);
        _scalars.Add(definition.Name, (definition, observe));
        IEnumerable<Measurement<double>> Measure() => observe().Select(s => new Measurement<double>(s.Value, Tags(definition, s.Labels)));
        if (definition.Kind == MetricKind.Counter)
        {
            Meter.CreateObservableCounter(definition.Name, Measure, definition.Unit, definition.Help);
        }
        else
        {
            Meter.CreateObservableGauge(definition.Name, Measure, definition.Unit, definition.Help);
        }
    }

    /// <summary>Adds a histogram that its owner keeps summed.</summary>
    public void Observe(MetricDefinition definition, Func<IEnumerable<HistogramSample>> observe)
    {
        ArgumentNullException.ThrowIfNull(definition);
        _histograms.Add((definition, observe));
    }

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    private static KeyValuePair<string, object?>[] Tags(MetricDefinition definition, string[] values)
    {
        if (values.Length != definition.Labels.Count)
        {
            throw new InvalidOperationException($"{definition.Name} has {definition.Labels.Count} labels, a sample has {values.Length}");
        }

        var tags = new KeyValuePair<string, object?>[values.Length];
        for (int i = 0; i < tags.Length; i++)
        {
            tags[i] = new(definition.Labels[i], values[i]);
        }

        return tags;
    }
}
