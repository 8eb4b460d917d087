namespace Fleet.Hosting.Metrics;

/// <summary>One metric of Fleet: its instrument and its name in the exposition follow from this.</summary>
/// <param name="Name">Dotted instrument name without unit, for example <c>fleet.node.power</c>.</param>
/// <param name="Kind">How its values are to be read.</param>
/// <param name="Unit">UCUM unit: <c>s</c>, <c>By</c>, <c>J</c>, <c>W</c>, <c>1</c> for a ratio, or <c>{thing}</c> for a count.</param>
/// <param name="Help">What it means.</param>
/// <param name="Labels">Names of the labels.</param>
/// <param name="Bound">What bounds the number of series, for example "nodes".</param>
public sealed record MetricDefinition(
    string Name, MetricKind Kind, string Unit, string Help, IReadOnlyList<string> Labels, string Bound)
{
    /// <summary>Name of the family in the exposition: words joined by '_', with the unit, without <c>_total</c>.</summary>
    public string Family { get; } = FamilyOf(Name, Kind, Unit);

    /// <summary>Name of the samples in Prometheus' text format: a counter ends with <c>_total</c>.</summary>
    public string SampleName => Kind == MetricKind.Counter ? Family + "_total" : Family;

    private static string FamilyOf(string name, MetricKind kind, string unit)
    {
        string family = name.Replace('.', '_');
        string suffix = unit switch
        {
            "s" => "seconds",
            "By" => "bytes",
            "J" => "joules",
            "W" => "watts",
            "1" when kind == MetricKind.Gauge => "ratio",
            _ => "",
        };
        return suffix.Length == 0 || family.EndsWith("_" + suffix, StringComparison.Ordinal) ? family : $"{family}_{suffix}";
    }
}
