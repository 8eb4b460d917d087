using System.Globalization;
using System.Text.Json;
using Fleet.Deploy.Tests.Monitoring;
using Fleet.Deploy.Tests.Page;
using Fleet.Deploy.Tests.Support;
using Fleet.Deploy.Tests.Upgrade;
using Fleet.Testing;
using Microsoft.Playwright;

namespace Fleet.Deploy.Tests.Demo;

/// <summary>
/// Dashboards and page over the main job itself: <c>make test-demo</c> (FLEET_TEST_DEMO=1), about four minutes with the machine's one lab. Leaves
/// artifacts/running-demo (every panel's expression with the seconds until its first data) and pictures in artifacts/page.
/// </summary>
[Collection(nameof(LabCollection))]
public class RunningDemoTests(MiniFleet fleet, Chromium chromium)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact(Timeout = 600_000)]
    public async Task Every_panel_has_data_and_every_page_can_be_read_while_the_demo_runs()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("FLEET_TEST_DEMO") == "1", "takes minutes and the machine's lab; FLEET_TEST_DEMO=1 runs it");
        string? prometheus = Tool.Find("prometheus");
        Assert.SkipWhen(prometheus is null, Tool.Missing("prometheus"));
        Assert.SkipWhen(chromium.Reason is not null, chromium.Reason ?? "");
        string? reason = await DemoPage.ReasonAsync();
        Assert.SkipWhen(reason is not null, reason ?? "");
        await fleet.EndAsync();
        using var folder = new TemporaryFolder();
        await using ServiceProcess demo = ServiceProcess.FleetIn(folder.Path, new Dictionary<string, string>(), "demo");
        try
        {
            string pool = await DemoPage.PoolAsync(demo);
            await using PrometheusServer server = await PrometheusServer.StartAsync(prometheus!, Scraped(), interval: 2);
            Task<IReadOnlyList<(string Panel, string Expression, double? Seconds)>> asking = server.AskAsync(seconds: 230, pause: 3);
            string node = await DemoPage.TunedNodeAsync(pool, demo);
            await ClickThroughAsync(pool, node, ColorScheme.Light);
            await ClickThroughAsync(pool, node, ColorScheme.Dark);
            IReadOnlyList<(string Panel, string Expression, double? Seconds)> panels = await asking;
            Record(panels);
            panels.Count.ShouldBeGreaterThan(40);
            panels.Where(p => p.Seconds is null).ShouldBeEmpty(server.Said);
            demo.HasExited.ShouldBeFalse("the demo ran all the while");
        }
        finally
        {
            ServiceProcess.SignalDemo(demo.Id, "TERM");
            await demo.ExitAsync(120);
        }
    }

    // The services' own addresses; an agent answers at its server's address, in whose namespace it lives.
    private static IEnumerable<(string Job, string Address)> Scraped() =>
    [
        ("controller", "127.0.0.1:7481"),
        ("proxy", "127.0.0.1:7482"),
        .. Enumerable.Range(1, 3).Select(i => ("agent", string.Create(CultureInfo.InvariantCulture, $"198.18.{i}.2:7483"))),
    ];

    private async Task ClickThroughAsync(string pool, string node, ColorScheme scheme)
    {
        string mark = scheme == ColorScheme.Dark ? "-dark" : "";
        await using Visit visit = await Visit.StartAsync(chromium, DemoPage.Address, scheme);
        IPage page = visit.Page;
        await page.GotoAsync(DemoPage.Address + "/");
        await visit.SeesAsync("99 % within");
        await visit.SeesAsync("live, ");
        await visit.JudgeAsync("demo-overview" + mark);

        await page.GetByRole(AriaRole.Link, new() { Name = pool, Exact = true }).ClickAsync();
        await visit.SeesAsync("Load per node");
        await visit.JudgeAsync("demo-pool" + mark);

        await page.GetByRole(AriaRole.Link, new() { Name = node, Exact = true }).ClickAsync();
        await visit.SeesAsync("Why this setting");
        await Assertions.Expect(page.Locator("svg circle").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Assertions.Expect(page.Locator("svg path.band").First).ToBeAttachedAsync(new() { Timeout = 60_000 });
        await visit.JudgeAsync("demo-node" + mark);

        await page.GetByRole(AriaRole.Link, new() { Name = "Report" }).ClickAsync();
        await visit.SeesAsync("The file stays in this browser");
        await visit.JudgeAsync("demo-report" + mark);
    }

    private static void Record(IEnumerable<(string Panel, string Expression, double? Seconds)> panels)
    {
        string folder = Path.Combine(RepositoryRoot.Path, "artifacts/running-demo");
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "panels.json"),
            JsonSerializer.Serialize(panels.Select(p => new { p.Panel, p.Expression, FirstDataAfterSeconds = p.Seconds }), Indented));
    }
}
