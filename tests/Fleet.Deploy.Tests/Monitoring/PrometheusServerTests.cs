using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Monitoring;

/// <summary>
/// A real Prometheus server scrapes a small running fleet; every expression of every dashboard must return data.
/// <see cref="Demo.RunningDemoTests"/> does the same with a running demo.
/// </summary>
public class PrometheusServerTests(MiniFleet fleet)
{
    [Fact(Timeout = 240_000)]
    public async Task Every_panel_of_every_dashboard_has_data()
    {
        Assert.SkipWhen(fleet.Reason is not null, fleet.Reason ?? "");
        string? prometheus = Tool.Find("prometheus");
        Assert.SkipWhen(prometheus is null, Tool.Missing("prometheus"));
        await using PrometheusServer server = await PrometheusServer.StartAsync(prometheus, fleet.Scraped, interval: 1);
        IReadOnlyList<(string Panel, string Expression, double? Seconds)> panels = await server.AskAsync(seconds: 90, pause: 1);
        panels.Count.ShouldBeGreaterThan(40);
        panels.Where(p => p.Seconds is null).ShouldBeEmpty(server.Said);
    }
}
