using System.Text.RegularExpressions;
using Fleet.Hosting.Metrics;

namespace Fleet.Deploy.Tests.Monitoring;

/// <summary>Finds the metrics that an expression names, and which of them no service exposes.</summary>
internal static partial class MetricUse
{
    private static readonly HashSet<string> Known = [.. MetricNames.All.SelectMany(d => d.Kind == MetricKind.Histogram
        ? (string[])[d.Family + "_bucket", d.Family + "_sum", d.Family + "_count"] : [d.SampleName])];

    public static IEnumerable<string> Unknown(string expression) => Name().Matches(expression)
        .Select(m => m.Value).Where(n => !Known.Contains(n));

    [GeneratedRegex(@"(?<![\w:""])(?:fleet|process)_[a-z_]+(?![\w:])")]
    private static partial Regex Name();
}
