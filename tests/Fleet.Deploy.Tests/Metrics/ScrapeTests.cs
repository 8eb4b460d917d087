using System.Text.RegularExpressions;
using Fleet.Deploy.Tests.Support;
using Fleet.Hosting.Metrics;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Metrics;

/// <summary>What real services expose: legal, documented, complete and bounded.</summary>
public class ScrapeTests(MiniFleet fleet)
{
    private static readonly HttpClient Client = new();

    // Has a series only where a permission is missing; a run as root misses none.
    private static readonly string[] OnlyInNeed = ["fleet_agent_permission_missing"];

    [Fact(Timeout = 120_000)]
    public async Task Every_service_pleases_promtool()
    {
        Assert.SkipWhen(fleet.Reason is not null, fleet.Reason ?? "");
        string? promtool = Tool.Find("promtool");
        Assert.SkipWhen(promtool is null, Tool.Missing("promtool"));
        foreach ((string job, string address) in fleet.Scraped)
        {
            // The runtime's own instruments keep the names that the runtime gave them; ours are what promtool judges.
            string text = string.Join('\n', (await ScrapeAsync(address)).Split('\n').Where(l => !l.Contains("dotnet_", StringComparison.Ordinal)));
            (int exitCode, string said) = await Tool.RunAsync(promtool, ["check", "metrics"], text + "\n");
            exitCode.ShouldBe(0, $"{job}: {said}");
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Together_they_expose_every_documented_metric_and_no_other()
    {
        Assert.SkipWhen(fleet.Reason is not null, fleet.Reason ?? "");
        HashSet<string> documented = [.. MetricNames.All.Select(d => d.SampleName)];
        HashSet<string> expected = [.. documented.Except(OnlyInNeed)];
        HashSet<string> seen = [];

        // Some figures need a settled node or a full window of load.
        long start = TimeProvider.System.GetTimestamp();
        while (!expected.IsSubsetOf(seen) && TimeProvider.System.GetElapsedTime(start).TotalSeconds < 60)
        {
            foreach ((_, string address) in fleet.Scraped)
            {
                seen.UnionWith(Regex.Matches(await ScrapeAsync(address), "^# TYPE ([a-z_]+) ", RegexOptions.Multiline)
                    .Select(m => m.Groups[1].Value).Where(n => !n.StartsWith("dotnet_", StringComparison.Ordinal)));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        expected.Except(seen).ShouldBeEmpty("never exposed");
        seen.Except(documented).ShouldBeEmpty();
    }

    [Fact(Timeout = 120_000)]
    public async Task Series_are_bounded()
    {
        Assert.SkipWhen(fleet.Reason is not null, fleet.Reason ?? "");
        foreach ((string job, string address) in fleet.Scraped)
        {
            int series = (await ScrapeAsync(address)).Split('\n').Count(l => l.Length > 0 && l[0] != '#');
            series.ShouldBeInRange(10, MetricsDocument.MostSeries(job, pools: 1, nodes: 2), job);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Everything_is_alive_and_ready()
    {
        Assert.SkipWhen(fleet.Reason is not null, fleet.Reason ?? "");
        foreach ((string job, string address) in fleet.Scraped)
        {
            (await Client.GetStringAsync($"http://{address}/healthz", TestContext.Current.CancellationToken)).ShouldBe("alive\n", job);
            (await Client.GetStringAsync($"http://{address}/readyz", TestContext.Current.CancellationToken)).ShouldBe("ready\n", job);
        }
    }

    private static Task<string> ScrapeAsync(string address) =>
        Client.GetStringAsync($"http://{address}/metrics", TestContext.Current.CancellationToken);
}
