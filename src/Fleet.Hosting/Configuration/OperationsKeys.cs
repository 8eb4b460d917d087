using Fleet.Hosting.Operations;

namespace Fleet.Hosting.Configuration;

/// <summary>The options that every service shares.</summary>
public static class OperationsKeys
{
    private const string Name = "metrics-listen";

    /// <summary>Where metrics and health answer.</summary>
    public static ConfigKey MetricsListen(string address) => new(
        Name, "ADDRESS:PORT", $"where /metrics, /healthz and /readyz answer, or none (default {address}, or nowhere when that is taken)");

    /// <summary>The option as given; an address that was asked for must be free.</summary>
    public static OperationsOptions Read(RawOptions raw, string address)
    {
        ArgumentNullException.ThrowIfNull(raw);
        return new(raw.Text(Name, address), Required: raw.Has(Name));
    }
}
