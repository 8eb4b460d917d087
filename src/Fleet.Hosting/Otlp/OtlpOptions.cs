using System.Globalization;

namespace Fleet.Hosting.Otlp;

/// <summary>Where metrics are pushed, beside being there to be scraped.</summary>
/// <param name="Endpoint">Base URL of an OTLP receiver; metrics go to ENDPOINT/v1/metrics as protobuf over HTTP. Null: nowhere.</param>
/// <param name="Interval">Between two exports. Range 1 s to 1 h; default 60 s, OpenTelemetry's own.</param>
public sealed record OtlpOptions(string? Endpoint, TimeSpan Interval)
{
    /// <summary>OpenTelemetry's variable of the endpoint.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>OpenTelemetry's variable of the interval, ms.</summary>
    public const string IntervalVariable = "OTEL_METRIC_EXPORT_INTERVAL";

    /// <summary>OpenTelemetry's variable of the protocol; only http/protobuf is spoken.</summary>
    public const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";

    private const double LeastMs = 1000;
    private const double MostMs = 3_600_000;

    /// <summary>No export.</summary>
    public static OtlpOptions Off { get; } = new(null, TimeSpan.FromMinutes(1));

    /// <summary>The options of OpenTelemetry's variables, with an endpoint that is stronger.</summary>
    /// <param name="endpoint">The service's own option; null when it is not given.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public static OtlpOptions Read(string? endpoint, Func<string, string?> variable, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(problems);
        string name = endpoint is null ? EndpointVariable : "otlp-endpoint";
        if ((endpoint ?? variable(EndpointVariable)) is not { Length: > 0 } url)
        {
            return Off;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) || parsed.Scheme is not ("http" or "https"))
        {
            problems.Add($"{name} is '{url}': legal is http://HOST:PORT or https://HOST:PORT of an OTLP receiver, such as http://127.0.0.1:4318");
        }

        if (variable(ProtocolVariable) is { Length: > 0 } protocol and not "http/protobuf")
        {
            problems.Add($"{ProtocolVariable} is '{protocol}': legal is http/protobuf; receivers take it on port 4318");
        }

        TimeSpan interval = Off.Interval;
        if (variable(IntervalVariable) is { Length: > 0 } text)
        {
            bool good = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double ms) && ms is >= LeastMs and <= MostMs;
            interval = good ? TimeSpan.FromMilliseconds(ms) : interval;
            if (!good)
            {
                problems.Add($"{IntervalVariable} is '{text}': legal is {LeastMs:0} to {MostMs:0} (milliseconds)");
            }
        }

        return new OtlpOptions(url, interval);
    }
}
