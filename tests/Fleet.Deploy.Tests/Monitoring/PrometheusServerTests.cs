using System.Globalization;
using System.Net;
using System.Text.Json;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Monitoring;

/// <summary>A real Prometheus server scrapes the running fleet; every expression of every dashboard must return data.</summary>
public class PrometheusServerTests(MiniFleet fleet)
{
    private static readonly HttpClient Client = new();

    [Fact(Timeout = 240_000)]
    public async Task Every_panel_of_every_dashboard_has_data()
    {
        Assert.SkipWhen(fleet.Reason is not null, fleet.Reason ?? "");
        string? prometheus = Tool.Find("prometheus");
        Assert.SkipWhen(prometheus is null, Tool.Missing("prometheus"));
        using var folder = new TemporaryFolder();
        int port = Ports.Free(1)[0];
        await File.WriteAllTextAsync(folder.File("prometheus.yml"), Configuration(), TestContext.Current.CancellationToken);
        foreach (string rules in (string[])["recording.yml", "alerts.yml"])
        {
            File.Copy(Path.Combine(RepositoryRoot.Path, "deploy/prometheus", rules), folder.File(rules));
        }

        await using var server = ServiceProcess.Program(
            prometheus, $"--config.file={folder.File("prometheus.yml")}", $"--storage.tsdb.path={folder.File("data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"));
        (string Dashboard, string Panel, string Expression)[] open = [.. Dashboards.Files.SelectMany(f =>
            Dashboards.Expressions(f, "10s").Select(e => (Path.GetFileName(f), e.Panel, e.Expression)))];
        open.Length.ShouldBeGreaterThan(40);
        long start = TimeProvider.System.GetTimestamp();
        while (open.Length > 0 && TimeProvider.System.GetElapsedTime(start).TotalSeconds < 90)
        {
            var empty = new List<(string, string, string)>();
            foreach ((string dashboard, string panel, string expression) in open)
            {
                if (!await HasDataAsync(port, expression))
                {
                    empty.Add((dashboard, panel, expression));
                }
            }

            open = [.. empty];
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        open.ShouldBeEmpty(server.Said);
    }

    // The shipped configuration with this fleet's addresses, scraped every second.
    private string Configuration()
    {
        string text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy/prometheus/prometheus.yml"));
        text = text.Replace("scrape_interval: 5s", "scrape_interval: 1s", StringComparison.Ordinal)
            .Replace("evaluation_interval: 15s", "evaluation_interval: 2s", StringComparison.Ordinal);
        foreach ((string job, string shipped) in (ReadOnlySpan<(string, string)>)
            [("controller", "127.0.0.1:7481"), ("proxy", "127.0.0.1:7482"), ("agent", "127.0.0.1:7483")])
        {
            text.ShouldContain($"['{shipped}']");
            string targets = string.Join(", ", fleet.Scraped.Where(s => s.Job == job).Select(s => $"'{s.Address}'"));
            text = text.Replace($"['{shipped}']", $"[{targets}]", StringComparison.Ordinal);
        }

        return text;
    }

    private static async Task<bool> HasDataAsync(int port, string expression)
    {
        try
        {
            using var body = new FormUrlEncodedContent([new("query", expression)]);
            using HttpResponseMessage answer = await Client.PostAsync(
                $"http://127.0.0.1:{port}/api/v1/query", body, TestContext.Current.CancellationToken);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                // It listens before it has read its storage.
                return false;
            }

            using var result = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            return result.RootElement.GetProperty("status").GetString() == "success"
                && result.RootElement.GetProperty("data").GetProperty("result").GetArrayLength() > 0;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
