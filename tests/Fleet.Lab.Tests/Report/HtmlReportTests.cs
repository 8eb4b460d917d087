using System.Xml.Linq;
using Fleet.Lab.Report;

namespace Fleet.Lab.Tests.Report;

public class HtmlReportTests
{
    private readonly DemoReport _report = SampleReport.Create();
    private readonly string _page;
    private readonly XElement _html;

    public HtmlReportTests()
    {
        _page = HtmlReport.Page(_report);
        _html = XDocument.Parse(_page["<!doctype html>".Length..]).Root!;
    }

    [Fact]
    public void ThePageNeedsNothingElse()
    {
        _page.ShouldStartWith("<!doctype html>");
        foreach (string reference in (string[])["http:", "https:", "src=", "href=", "url(", "@import", "<script", "<link"])
        {
            _page.ShouldNotContain(reference, Case.Insensitive);
        }
    }

    [Fact]
    public void EveryMeasuredSettingIsADotInThePareto()
    {
        XElement plot = Plot("visited settings");
        string[] dots = [.. plot.Descendants("circle").Select(c => (string)c.Attribute("class")!)];
        dots.ShouldBe(["dot plain", "dot good", "dot bad"]);
        plot.Descendants("line").Count(l => (string?)l.Attribute("class") == "sla").ShouldBe(1);
        plot.Value.ShouldContain("gro_flush_timeout_us=800");
    }

    [Fact]
    public void EveryWindowIsADotInThePairs() =>
        Plot("interleaved windows").Descendants("circle").Count().ShouldBe(_report.Windows.Count);

    [Fact]
    public void LatencyShowsTheLoadEveryNodeAndThePromise()
    {
        string[] lines = [.. Plot("p99").Descendants("path").Select(p => p.Element("title")!.Value)];
        lines.ShouldBe(["at the load, from when due", "s1", "s2", "promise"]);

        // A second without figure is a gap, not a line across.
        string path = (string)Plot("p99").Descendants("path").First().Attribute("d")!;
        path.Count(c => c == 'M').ShouldBe(2);
        (path.Count(c => c == 'M') + path.Count(c => c == 'L')).ShouldBe(119);
    }

    [Theory]
    [InlineData("server CPU per request")]
    [InlineData("power")]
    public void TimelinesCarryTheSeriesAndThePhases(string name)
    {
        XElement plot = Plot(name);
        string path = (string)plot.Descendants("path").Single().Attribute("d")!;
        path.Count(c => c is 'M' or 'L').ShouldBe(_report.Series.Count);
        plot.Descendants("rect").Count().ShouldBe(_report.Phases.Count);
        plot.Value.ShouldContain("tune <fast>");
    }

    [Fact]
    public void AModelIsNeverPresentedAsAMeasurement()
    {
        Plot("power").Value.ShouldContain("(model)");
        Plot("visited settings").Value.ShouldContain("(model)");
        _page.ShouldContain("estimated from CPU time");
        HtmlReport.PowerNote("rapl").ShouldContain("measured by rapl");
    }

    [Fact]
    public void TablesCarryClaimsComparisonNodesAndDecisions()
    {
        string text = _html.Value;
        foreach (DemoClaim claim in _report.Claims)
        {
            text.ShouldContain(claim.Text);
        }

        text.ShouldContain("server CPU, us per request");
        text.ShouldContain("p99 & power");
        text.ShouldContain("gain <40 %>");
    }

    [Fact]
    public void AReportWithoutAnyFigureIsStillAPage()
    {
        DemoReport empty = _report with { Comparison = null, Series = [], Settings = [], Windows = [], Phases = [], Held = [], Nodes = [] };
        string page = HtmlReport.Page(empty);
        XDocument.Parse(page["<!doctype html>".Length..]).Root!.Descendants("svg").Count().ShouldBe(5);
        page.ShouldNotContain("NaN");
    }

    private XElement Plot(string name) => _html.Descendants("svg").Single(s => (string?)s.Attribute("aria-label") == name);
}
