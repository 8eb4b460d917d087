using System.Text.Json;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Monitoring;

/// <summary>The dashboards of deploy/grafana, read for their panels and expressions.</summary>
internal static class Dashboards
{
    public static IReadOnlyList<string> Files { get; } =
        [.. Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "deploy/grafana/dashboards"), "*.json").Order(StringComparer.Ordinal)];

    public static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(file)).RootElement;

    /// <summary>Every expression of a dashboard with its panel's title, variables filled in as "everything".</summary>
    public static IEnumerable<(string Panel, string Expression)> Expressions(string file, string rateInterval) =>
        from panel in Read(file).GetProperty("panels").EnumerateArray()
        from target in panel.GetProperty("targets").EnumerateArray()
        select (panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!
            .Replace("$__rate_interval", rateInterval, StringComparison.Ordinal)
            .Replace("$pool", ".+", StringComparison.Ordinal)
            .Replace("$node", ".+", StringComparison.Ordinal));
}
