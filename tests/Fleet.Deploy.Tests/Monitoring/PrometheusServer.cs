using System.Globalization;
using System.Net;
using System.Text.Json;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Monitoring;

/// <summary>A real Prometheus with the shipped configuration and rules, and the addresses of a running fleet.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly HttpClient Client = new();
    private readonly TemporaryFolder _folder = new();
    private readonly int _port = Ports.Free(1)[0];
    private ServiceProcess? _server;

    private PrometheusServer()
    {
    }

    /// <summary>Starts it.</summary>
    /// <param name="program">The server.</param>
    /// <param name="scraped">Addresses by job: controller, proxy, agent.</param>
    /// <param name="interval">Seconds between scrapes.</param>
    public static async Task<PrometheusServer> StartAsync(string program, IEnumerable<(string Job, string Address)> scraped, int interval)
    {
        var server = new PrometheusServer();
        await File.WriteAllTextAsync(
            server._folder.File("prometheus.yml"), Configuration([.. scraped], interval), TestContext.Current.CancellationToken);
        foreach (string rules in (string[])["recording.yml", "alerts.yml"])
        {
            File.Copy(Path.Combine(RepositoryRoot.Path, "deploy/prometheus", rules), server._folder.File(rules));
        }

        server._server = ServiceProcess.Program(
            program, $"--config.file={server._folder.File("prometheus.yml")}", $"--storage.tsdb.path={server._folder.File("data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{server._port}"));
        return server;
    }

    /// <summary>What the server said.</summary>
    public string Said => _server!.Said;

    /// <summary>Asks for every expression of every dashboard until each has returned data once, or the time is over.</summary>
    /// <param name="seconds">Longest wait.</param>
    /// <param name="pause">Seconds between looks.</param>
    /// <returns>Each panel, with the seconds until its first data; null when there was none.</returns>
    public async Task<IReadOnlyList<(string Panel, string Expression, double? Seconds)>> AskAsync(double seconds, double pause)
    {
        (string Panel, string Expression)[] all = [.. Dashboards.Files.SelectMany(f => Dashboards.Expressions(f, "10s")
            .Select(e => ($"{Path.GetFileNameWithoutExtension(f)}: {e.Panel}", e.Expression)))];
        double?[] found = new double?[all.Length];
        long start = TimeProvider.System.GetTimestamp();
        double passed = 0;
        while (found.Any(f => f is null) && passed < seconds)
        {
            for (int i = 0; i < all.Length; i++)
            {
                found[i] ??= await HasDataAsync(all[i].Expression) ? passed : null;
            }

            await Task.Delay(TimeSpan.FromSeconds(pause), TimeProvider.System, TestContext.Current.CancellationToken);
            passed = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        }

        return [.. all.Zip(found, (panel, when) => (panel.Panel, panel.Expression, when))];
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static string Configuration((string Job, string Address)[] scraped, int interval)
    {
        string text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy/prometheus/prometheus.yml"));
        text = text.Replace("scrape_interval: 5s", $"scrape_interval: {interval}s", StringComparison.Ordinal)
            .Replace("evaluation_interval: 15s", "evaluation_interval: 2s", StringComparison.Ordinal);
        foreach ((string job, string shipped) in (ReadOnlySpan<(string, string)>)
            [("controller", "127.0.0.1:7481"), ("proxy", "127.0.0.1:7482"), ("agent", "127.0.0.1:7483")])
        {
            text.ShouldContain($"['{shipped}']");
            string targets = string.Join(", ", scraped.Where(s => s.Job == job).Select(s => $"'{s.Address}'"));
            text = text.Replace($"['{shipped}']", $"[{targets}]", StringComparison.Ordinal);
        }

        return text;
    }

    private async Task<bool> HasDataAsync(string expression)
    {
        try
        {
            using var body = new FormUrlEncodedContent([new("query", expression)]);
            using HttpResponseMessage answer = await Client.PostAsync(
                $"http://127.0.0.1:{_port}/api/v1/query", body, TestContext.Current.CancellationToken);
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
