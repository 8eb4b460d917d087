using System.Diagnostics.Metrics;

namespace Fleet.Hosting.Metrics;

/// <summary>
/// Reads what a service and the runtime tell, at a scrape. State that the service holds already is read as it is: a node that
/// left is absent from the next scrape, which an aggregator that remembers every series it ever saw could not give.
/// </summary>
internal sealed class MetricsCollector : IDisposable
{
    private readonly ServiceMeter _service;
    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (MetricDefinition Definition, List<Sample> Samples)> _observed = new(StringComparer.Ordinal);
    private readonly RuntimeInstruments _runtime = new();

    public MetricsCollector(ServiceMeter service)
    {
        _service = service;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (RuntimeInstruments.Wants(instrument))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Take(i, value, tags));
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Take(i, value, tags));
        _listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Take(i, value, tags));
        _listener.Start();
    }

    /// <summary>Every family with its present samples, by name.</summary>
    public IReadOnlyList<MetricFamily> Collect()
    {
        lock (_gate)
        {
            _observed.Clear();
            _listener.RecordObservableInstruments();
            IEnumerable<MetricFamily> scalars = _observed.Values.Concat(_runtime.Counted())
                .Select(o => new MetricFamily(o.Definition, o.Samples, []))
                .Concat(_service.Scalars.Select(s => new MetricFamily(s.Definition, [.. s.Observe()], [])));
            IEnumerable<MetricFamily> histograms = _service.Histograms.Select(h => new MetricFamily(h.Definition, [], [.. h.Observe()]));
            return [.. scalars.Concat(histograms).OrderBy(f => f.Definition.Family, StringComparer.Ordinal)];
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!instrument.IsObservable)
        {
            _runtime.Count(instrument, value);
            return;
        }

        if (!_observed.TryGetValue(instrument.Name, out (MetricDefinition Definition, List<Sample> Samples) family))
        {
            _observed[instrument.Name] = family = (RuntimeInstruments.Define(instrument, tags), []);
        }

        string[] labels = new string[tags.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = tags[i].Value?.ToString() ?? "";
        }

        family.Samples.Add(new Sample(value, labels));
    }
}
