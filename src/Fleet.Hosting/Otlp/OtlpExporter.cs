using System.Net.Http.Headers;
using Fleet.Hosting.Metrics;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting.Otlp;

/// <summary>
/// Pushes a service's metrics to an OTLP receiver (protobuf over HTTP) at an interval, and once more at the end. A receiver that does not
/// answer costs one warning until it answers again, and nothing else.
/// </summary>
internal sealed partial class OtlpExporter : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(1);

    private readonly MetricsCollector _collector;
    private readonly string _service;
    private readonly Uri _address;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DateTimeOffset _started;
    private readonly HttpClient _client = new() { Timeout = Patience };
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private bool _failing;

    /// <summary>Begins to export.</summary>
    public OtlpExporter(OtlpOptions options, ServiceMeter meter, TimeProvider time, ILogger logger)
    {
        (_service, _time, _logger, _started) = (meter.Service, time, logger, time.GetUtcNow());
        _collector = new MetricsCollector(meter);
        _address = new Uri(options.Endpoint!.TrimEnd('/') + "/v1/metrics");
        _running = RunAsync(options.Interval);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var patience = new CancellationTokenSource(LastPatience, _time);
        await ExportAsync(patience.Token).ConfigureAwait(false);
        _collector.Dispose();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, _time);
        while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
        {
            await ExportAsync(_stop.Token).ConfigureAwait(false);
        }
    }

    private async Task ExportAsync(CancellationToken ct)
    {
        try
        {
            using var content = new ByteArrayContent(OtlpMetrics.Format(_collector.Collect(), _service, _started, _time.GetUtcNow()));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
            using HttpResponseMessage answer = await _client.PostAsync(_address, content, ct).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
            _failing = false;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            if (!_failing && !_stop.IsCancellationRequested)
            {
                _failing = true;
                NotTaken(_logger, _address, failure.Message);
            }
        }
    }

    [LoggerMessage(501, LogLevel.Warning, "metrics are not taken by {Address} ({Reason}); trying again at each interval")]
    private static partial void NotTaken(ILogger logger, Uri address, string reason);
}
