using Fleet.Hosting.Operations;
using Fleet.Hosting.Otlp;

namespace Fleet.Hosting.Configuration;

/// <summary>The options that every service shares.</summary>
public static class OperationsKeys
{
    private const string Name = "metrics-listen";
    private const string Endpoint = "otlp-endpoint";

    /// <summary>Where metrics and health answer.</summary>
    public static ConfigKey MetricsListen(string address) => new(
        Name, "ADDRESS:PORT", $"where /metrics, /healthz and /readyz answer, or none (default {address}, or nowhere when that is taken)");

    /// <summary>Where metrics are pushed.</summary>
    public static ConfigKey OtlpEndpoint { get; } = new(
        Endpoint, "URL", $"OTLP receiver that metrics are pushed to, protobuf over HTTP (default: variable {OtlpOptions.EndpointVariable}, or none)");

    /// <summary>The options as given; an address that was asked for must be free.</summary>
    public static OperationsOptions Read(RawOptions raw, string address, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(raw);
        return new(raw.Text(Name, address), Required: raw.Has(Name))
        {
            Otlp = OtlpOptions.Read(raw.Text(Endpoint, null), Environment.GetEnvironmentVariable, problems),
        };
    }
}
