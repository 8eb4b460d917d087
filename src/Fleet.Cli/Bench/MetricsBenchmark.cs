using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Fleet.Controller.Audit;
using Fleet.Controller.Grains;
using Fleet.Controller.Metrics;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.Core.Tuning;
using Fleet.Hosting.Metrics;
using Fleet.Hosting.Operations;
using Fleet.Proxy;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Cli.Bench;

/// <summary>
/// Times scrapes of a controller's and of a proxy's /metrics. The controller's instruments look at made-up nodes of which every figure is
/// known; the proxy is a whole one, its nodes are small servers that find nothing.
/// </summary>
internal static class MetricsBenchmark
{
    private const string Pool = "bench";
    private static readonly string[] Knobs =
        ["napi.gro_flush_timeout_us", "napi.defer_hard_irqs", "napi.irq_suspend_timeout_us", "eth.rx_usecs", "cpu.max_khz", "proxy.send_delay_us"];

    private static readonly string[] Kinds = ["probe", "settle", "hold", "revert", "confirm", "search"];

    /// <summary>Measures both services.</summary>
    public static async Task<IReadOnlyList<MetricsBenchmarkReport>> RunAsync(int nodes, int scrapes, TimeProvider time, CancellationToken ct) =>
        [await ControllerAsync(nodes, scrapes, time, ct), await ProxyAsync(nodes, scrapes, time, ct)];

    private static async Task<MetricsBenchmarkReport> ControllerAsync(int nodes, int scrapes, TimeProvider time, CancellationToken ct)
    {
        var random = new Random(1);
        PoolPicture picture = Picture(nodes, random);
        var views = new FleetViews(() => [picture], () => [("edge", true)]);
        var decisions = new CountedDecisions(new NoLog());
        foreach (NodeView node in picture.View.Nodes)
        {
            foreach (string kind in Kinds)
            {
                decisions.Add(Pool, new DecisionRecord(
                    time.GetUtcNow(), node.NodeId, kind, node.Setting, "load", node.RequestsPerSecond, Watts(random), Watts(random),
                    random.NextDouble() * 500, random.NextDouble() * 500, 0.97, 0.1, "made up"));
            }
        }

        var promises = new PromiseAccounts(_ => (99, 500), time);
        var sampler = new FleetSampler(views, decisions, promises, time);
        sampler.Look();
        using var meter = new ServiceMeter("controller");
        new ControllerMetrics(views, decisions, promises, sampler, time).AddTo(meter, epoch: 1);
        await using ServiceLife life = await ServiceLife.StartAsync(
            new OperationsOptions("127.0.0.1:0", Required: true), meter, time, NullLogger.Instance, ct);
        return await MeasureAsync("controller", nodes, scrapes, life.Address!, time, ct);
    }

    private static async Task<MetricsBenchmarkReport> ProxyAsync(int nodes, int scrapes, TimeProvider time, CancellationToken ct)
    {
        TcpListener[] servers = [.. Enumerable.Range(0, nodes).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(servers, s => s.Start());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task serving = Task.WhenAll(servers.Select(s => ServeAsync(s, stop.Token)));
        var options = new ProxyOptions
        {
            Listen = "127.0.0.1:0",
            PoolId = Pool,
            Loops = 1,
            Servers = [.. servers.Select((s, i) => new ProxyServer(Id(i), s.LocalEndpoint.ToString()!))],
            Operations = new OperationsOptions("127.0.0.1:0", Required: true),
        };
        await using (ProxyHost proxy = await ProxyHost.StartAsync(options, NullLoggerFactory.Instance, time, ct))
        {
            await AskAsync(proxy.Listening[Pool].Port, 20 * nodes, ct);
            await Task.Delay(options.TelemetryInterval * 2, time, ct);
            MetricsBenchmarkReport report = await MeasureAsync("proxy", nodes, scrapes, proxy.OperationsAddress!, time, ct);
            await stop.CancelAsync();
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Array.ForEach(servers, s => s.Dispose());
            return report;
        }
    }

    private static async Task<MetricsBenchmarkReport> MeasureAsync(
        string service, int nodes, int scrapes, string address, TimeProvider time, CancellationToken ct)
    {
        using var client = new HttpClient();
        var times = new List<double>();

        // Kept from scrape to scrape: what the client allocates would be collected in the service's time, which shares its process.
        using var body = new MemoryStream();
        for (int i = 0; i <= scrapes; i++)
        {
            body.SetLength(0);
            long start = time.GetTimestamp();
            using HttpResponseMessage answer = await client.GetAsync($"{address}/metrics", HttpCompletionOption.ResponseHeadersRead, ct);
            await answer.EnsureSuccessStatusCode().Content.CopyToAsync(body, ct);
            times.Add(time.GetElapsedTime(start).TotalMilliseconds);
        }

        double[] sorted = [.. times.Skip(1).Order()];
        int series = Encoding.UTF8.GetString(body.ToArray()).Split('\n').Count(l => l.Length > 0 && l[0] != '#');
        return new MetricsBenchmarkReport(
            service, nodes, series, (int)body.Length, scrapes, times[0], sorted[scrapes / 2], sorted[Math.Min(scrapes - 1, (int)(scrapes * 0.99))],
            sorted[^1], string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}"));
    }

    private static async Task AskAsync(int port, int times, CancellationToken ct)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, ct);
        var reader = new StreamReader(client.GetStream());
        for (int i = 0; i < times; i += 100)
        {
            string batch = string.Concat(Enumerable.Range(i, 100).Select(k => string.Create(CultureInfo.InvariantCulture, $"get key{k}\r\n")));
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(batch), ct);
            for (int k = 0; k < 100; k++)
            {
                _ = await reader.ReadLineAsync(ct);
            }
        }
    }

    private static async Task ServeAsync(TcpListener listener, CancellationToken ct)
    {
        while (true)
        {
            TcpClient connection = await listener.AcceptTcpClientAsync(ct);
            _ = AnswerAsync(connection, ct);
        }
    }

    private static async Task AnswerAsync(TcpClient connection, CancellationToken ct)
    {
        using (connection)
        {
            try
            {
                var reader = new StreamReader(connection.GetStream(), Encoding.ASCII);
                while (await reader.ReadLineAsync(ct) is { } line)
                {
                    string reply = line.StartsWith("version", StringComparison.Ordinal) ? "VERSION 1.6.18\r\n"
                        : line.StartsWith("mn", StringComparison.Ordinal) ? "MN\r\n" : "EN\r\n";
                    await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(reply), ct);
                }
            }
            catch (Exception end) when (end is IOException or OperationCanceledException)
            {
                // The proxy is done.
            }
        }
    }

    private static PoolPicture Picture(int nodes, Random random)
    {
        ImmutableArray<NodeView> views =
        [
            .. Enumerable.Range(0, nodes).Select(i => new NodeView(
                Id(i), "active", AgentConnected: true, TunerPhase.Hold, Draw(random), Draw(random), random.NextDouble() * 1e5,
                random.NextDouble() * 200, random.NextDouble() * 500, Watts(random), PowerSource.Model, random.NextDouble() * 20, Watts(random),
                9, "settled", 100, "class")),
        ];
        var document = new PoolDocument(Pool, "127.0.0.1:11211", 99, 500, ControlMode.Active, "ketama", "min_power", 1, []);
        var view = new PoolView(views.Sum(v => v.RequestsPerSecond), 400, 0.995, 100, 150, null, views);
        return new PoolPicture(document, view, ImmutableDictionary<string, string>.Empty);
    }

    private static Setting Draw(Random random) => new(Knobs.Select(k => KeyValuePair.Create(k, (long)random.Next(1_000_000))));

    private static double Watts(Random random) => 50 + (random.NextDouble() * 100);

    private static string Id(int index) => string.Create(CultureInfo.InvariantCulture, $"node-{index:0000}");

    private sealed class NoLog : IDecisionLog
    {
        public void Add(string poolId, DecisionRecord decision)
        {
        }

        public IReadOnlyList<DecisionRecord> Latest(string poolId, string? nodeId, int limit) => [];
    }
}
