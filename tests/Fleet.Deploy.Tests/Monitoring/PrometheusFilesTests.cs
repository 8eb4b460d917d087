using System.Text.RegularExpressions;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Monitoring;

/// <summary>deploy/prometheus: legal, tested, and every alert leads to a page that says what to do.</summary>
public partial class PrometheusFilesTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "deploy/prometheus");

    [Theory]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("check", "rules", "recording.yml", "alerts.yml")]
    [InlineData("test", "rules", "alerts_test.yml")]
    public async Task Promtool_agrees(params string[] arguments)
    {
        string? promtool = Tool.Find("promtool");
        Assert.SkipWhen(promtool is null, Tool.Missing("promtool"));
        (int exitCode, string said) = await Tool.RunAsync(promtool, arguments, folder: Folder);
        exitCode.ShouldBe(0, said);
    }

    [Fact]
    public void Rules_name_metrics_that_exist() => ((string[])["recording.yml", "alerts.yml"])
        .SelectMany(f => File.ReadLines(Path.Combine(Folder, f)).Where(l => !l.Contains("record:", StringComparison.Ordinal)))
        .SelectMany(MetricUse.Unknown).ShouldBeEmpty();

    [Fact]
    public void Every_alert_has_a_severity_a_test_that_fires_and_a_runbook()
    {
        string rules = File.ReadAllText(Path.Combine(Folder, "alerts.yml"));
        string tests = File.ReadAllText(Path.Combine(Folder, "alerts_test.yml"));
        string runbooks = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs/runbooks.md"));
        string[] names = [.. Alert().Matches(rules).Select(m => m.Groups[1].Value)];
        names.Length.ShouldBeGreaterThan(8);
        Regex.Count(rules, "severity: (page|ticket)").ShouldBe(names.Length);
        foreach (string name in names)
        {
            rules.ShouldContain($"runbook_url: docs/runbooks.md#{name.ToLowerInvariant()}\n", customMessage: name);
            runbooks.ShouldContain($"\n## {name}\n", customMessage: name);
            Regex.IsMatch(tests, $@"alertname: {name}\n\s+exp_alerts:\n\s+- exp_labels").ShouldBeTrue($"{name} never fires in alerts_test.yml");
        }
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();
}
