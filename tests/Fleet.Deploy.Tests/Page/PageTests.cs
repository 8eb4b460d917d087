using System.Globalization;
using System.Text.Json;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;
using Microsoft.Playwright;

namespace Fleet.Deploy.Tests.Page;

/// <summary>The page in a real browser, over a real running fleet.</summary>
public class PageTests(MiniFleet fleet, Chromium chromium)
{
    [Theory(Timeout = 120_000)]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Every_page_can_be_clicked_through_and_read(ColorScheme scheme)
    {
        SkipWithout();
        string mark = scheme == ColorScheme.Dark ? "-dark" : "";
        await using Visit visit = await Visit.StartAsync(chromium, fleet.Page, scheme);
        IPage page = visit.Page;
        await page.GotoAsync(fleet.Page + "/");
        await visit.SeesAsync("99 % within 20,000 µs");
        await visit.SeesAsync("live, ");
        await visit.JudgeAsync("overview" + mark);

        await page.GetByRole(AriaRole.Link, new() { Name = "web", Exact = true }).ClickAsync();
        await visit.SeesAsync("Load per node");
        await visit.SeesAsync("2 of 2");
        await visit.JudgeAsync("pool" + mark);

        await page.GetByRole(AriaRole.Link, new() { Name = "n0", Exact = true }).ClickAsync();
        await visit.SeesAsync("Why this setting");
        await visit.SeesAsync("napi.gro_flush_timeout_us");
        await Assertions.Expect(page.Locator("svg circle").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Assertions.Expect(page.Locator("svg path.band").First).ToBeAttachedAsync(new() { Timeout = 60_000 });
        await visit.JudgeAsync("node" + mark);

        await page.GetByRole(AriaRole.Link, new() { Name = "Report" }).ClickAsync();
        await visit.SeesAsync("The file stays in this browser");
        await visit.JudgeAsync("report" + mark);
    }

    [Fact(Timeout = 120_000)]
    public async Task Figures_move_by_themselves()
    {
        SkipWithout();
        await using Visit visit = await Visit.StartAsync(chromium, fleet.Page);
        await visit.Page.GotoAsync(fleet.Page + "/#/pools/web");
        await visit.SeesAsync("live, ");
        string before = await visit.Page.Locator("#live").InnerTextAsync();
        await Assertions.Expect(visit.Page.Locator("#live")).Not.ToHaveTextAsync(before, new() { Timeout = 20_000 });
    }

    [Fact(Timeout = 120_000)]
    public async Task The_keyboard_alone_leads_from_the_overview_to_a_node_and_holds_its_place()
    {
        SkipWithout();
        await using Visit visit = await Visit.StartAsync(chromium, fleet.Page);
        IPage page = visit.Page;
        await page.GotoAsync(fleet.Page + "/");
        await visit.SeesAsync("99 % within");
        await TabToAsync(page, "web");
        await page.Keyboard.PressAsync("Enter");
        await visit.SeesAsync("Load per node");
        await TabToAsync(page, "n1");
        await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System, TestContext.Current.CancellationToken);
        (await FocusedAsync(page)).ShouldBe("n1", "an update must not take the focus away");
        await page.Keyboard.PressAsync("Enter");
        await visit.SeesAsync("Node n1");
    }

    [Fact(Timeout = 120_000)]
    public async Task An_action_asks_first_and_needs_the_operators_token()
    {
        SkipWithout();
        await using Visit visit = await Visit.StartAsync(chromium, fleet.Page);
        IPage page = visit.Page;
        await page.GotoAsync(fleet.Page + "/#/pools/web");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change promise" }).ClickAsync();
        await visit.SeesAsync("Change the promise of pool web?");
        await visit.JudgeAsync("confirm");
        await page.GetByLabel("Latency, microseconds").FillAsync("25000");
        await page.GetByLabel("Operator's token").FillAsync(MiniFleet.Token);
        await page.GetByLabel("Percentile, 50 to 99.99").FillAsync("12");
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await visit.SeesAsync("percentile is 12");
        await page.GetByLabel("Percentile, 50 to 99.99").FillAsync("99");
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await visit.SeesAsync("99 % within 25,000 µs");
        await fleet.FleetAsync("pool", "update", "web", "--sla-us", "20000");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_report_is_drawn_and_a_file_that_is_none_is_refused_in_words()
    {
        SkipWithout();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("report.json"), Report(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder.File("other.json"), "{\"a\":1}", TestContext.Current.CancellationToken);
        await using Visit visit = await Visit.StartAsync(chromium, fleet.Page);
        await visit.Page.GotoAsync(fleet.Page + "/#/report");
        await visit.Page.GetByLabel("Report file").SetInputFilesAsync(folder.File("other.json"));
        await visit.SeesAsync("other.json: not a report of Fleet");
        await visit.Page.GetByLabel("Report file").SetInputFilesAsync(folder.File("report.json"));
        await visit.SeesAsync("3 servers");
        await visit.SeesAsync("napi.gro_flush_timeout_us=100");
        await visit.JudgeAsync("report-drawn");
    }

    [Theory(Timeout = 120_000)]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task A_telephone_shows_every_page_without_scrolling_sideways(ColorScheme scheme)
    {
        SkipWithout();
        await using Visit visit = await Visit.StartAsync(chromium, fleet.Page, scheme);
        await visit.Page.SetViewportSizeAsync(390, 844);
        foreach ((string name, string path, string text) in ((string, string, string)[])
            [("overview", "", "99 % within"), ("pool", "pools/web", "Load per node"), ("node", "pools/web/nodes/n0", "Why this setting"),
                ("report", "report", "stays in this browser")])
        {
            await visit.Page.GotoAsync($"{fleet.Page}/#/{path}");
            await visit.SeesAsync(text);
            (await visit.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(390, name);
            await visit.JudgeAsync($"{name}-narrow{(scheme == ColorScheme.Dark ? "-dark" : "")}");
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_pool_of_a_thousand_nodes_is_shown_filtered_and_sorted()
    {
        SkipWithout();
        await using Visit visit = await Visit.StartAsync(chromium, fleet.Page);
        IPage page = visit.Page;
        string body = $"data: {ThousandNodes(await fleet.PageDataAsync("pools/web"))}\n\n";
        await page.RouteAsync("**/stream/pools/web", route => route.FulfillAsync(new() { ContentType = "text/event-stream", Body = body }));
        await page.GotoAsync(fleet.Page + "/#/pools/web");
        await visit.SeesAsync("1000 of 1000");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(100);
        (await page.EvaluateAsync<int>("() => document.querySelectorAll('*').length")).ShouldBeLessThan(2500, "the page stays small");
        await visit.JudgeAsync("pool-1000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Later" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await visit.SeesAsync("101 to 200 of 1000");
        (await FocusedAsync(page)).ShouldBe("Later");
        await page.GetByLabel("Filter").FillAsync("node-77");
        await visit.SeesAsync("11 of 1000");
        (await FocusedAsync(page)).ShouldBe("filter");
        await page.GetByLabel("Filter").FillAsync("");
        await page.GetByLabel("Sort by").SelectOptionAsync("requestsPerSecond");
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("node-999");
    }

    private static async Task TabToAsync(IPage page, string text)
    {
        for (int i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await FocusedAsync(page) == text)
            {
                return;
            }
        }

        throw new InvalidOperationException($"'{text}' cannot be reached with the Tab key");
    }

    private static Task<string> FocusedAsync(IPage page) =>
        page.EvaluateAsync<string>("() => document.activeElement.id || document.activeElement.textContent.trim()");

    private static string ThousandNodes(JsonElement pool)
    {
        string node = pool.GetProperty("nodes")[0].GetRawText();
        IEnumerable<string> nodes = Enumerable.Range(0, 1000).Select(i => node
            .Replace("\"id\":\"n0\"", string.Create(CultureInfo.InvariantCulture, $"\"id\":\"node-{i}\""), StringComparison.Ordinal)
            .Replace(
                "\"requestsPerSecond\":",
                string.Create(CultureInfo.InvariantCulture, $"\"requestsPerSecond\":{i},\"was\":"), StringComparison.Ordinal));
        return pool.GetRawText().Replace(pool.GetProperty("nodes").GetRawText(), $"[{string.Join(',', nodes)}]", StringComparison.Ordinal);
    }

    private static string Report() =>
        """
        {"schema":"fleet-demo/1","plant":"simulation","servers":3,"offeredQps":24000,"durationSeconds":120,"powerSource":"model",
        "claims":[{"name":"no request fails","holds":true}],
        "series":[{"atSeconds":1,"slaUs":500,"qps":24000,"clientP99Us":300,"watts":9},
        {"atSeconds":2,"slaUs":500,"qps":24100,"clientP99Us":310,"watts":8}],
        "settings":[{"atSeconds":1,"node":"n1","setting":"napi.gro_flush_timeout_us=100","kind":"probe","watts":3,"p99Us":200,"reason":"first"}],
        "notes":["Made up for a test."]}
        """;

    private void SkipWithout()
    {
        Assert.SkipWhen(fleet.Reason is not null, fleet.Reason ?? "");
        Assert.SkipWhen(chromium.Reason is not null, chromium.Reason ?? "");
    }
}
