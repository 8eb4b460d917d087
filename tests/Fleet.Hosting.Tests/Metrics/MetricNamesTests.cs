using System.Text.RegularExpressions;
using Fleet.Hosting.Metrics;

namespace Fleet.Hosting.Tests.Metrics;

public class MetricNamesTests
{
    private static readonly string[] Units = ["s", "By", "J", "W", "1"];

    [Fact]
    public void Names_are_dotted_words_without_unit_or_total_and_with_help()
    {
        MetricNames.All.Count.ShouldBeGreaterThan(50);
        foreach (MetricDefinition d in MetricNames.All)
        {
            d.Name.ShouldMatch("^(fleet|process)(\\.[a-z][a-z_]*)+$");
            d.Name.ShouldNotContain("total");
            d.Help.ShouldEndWith(".", customMessage: d.Name);
            (Units.Contains(d.Unit) || Regex.IsMatch(d.Unit, @"^\{[a-z]+\}(/s)?$")).ShouldBeTrue($"{d.Name}: unit {d.Unit}");
            d.Labels.ShouldAllBe(l => Regex.IsMatch(l, "^[a-z_]+$"));
        }
    }

    [Fact]
    public void No_two_metrics_share_a_name() =>
        MetricNames.All.Select(d => d.SampleName).ShouldBeUnique();
}
