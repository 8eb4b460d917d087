using Fleet.Hosting.Listening;
using Fleet.Hosting.Otlp;

namespace Fleet.Hosting.Operations;

/// <summary>Where a service answers /metrics, /healthz and /readyz.</summary>
/// <param name="Listen">ADDRESS:PORT; null or "none": nowhere.</param>
/// <param name="Required">Whether a taken address is an error; else the service runs without and says so.</param>
public sealed record OperationsOptions(string? Listen, bool Required)
{
    /// <summary>Word for "nowhere".</summary>
    public const string None = "none";

    /// <summary>No listener.</summary>
    public static OperationsOptions Off { get; } = new(null, false);

    /// <summary>Where metrics are pushed. Default: nowhere.</summary>
    public OtlpOptions Otlp { get; init; } = OtlpOptions.Off;

    /// <summary>Whether there is a listener.</summary>
    public bool Enabled => Listen is not null and not None;

    /// <summary>Problems of the option, named as on the command line.</summary>
    public IEnumerable<string> Validate() =>
        Enabled && (!ListenAddress.TryParse(Listen!, out ListenAddress address) || address.EndPoint is null)
            ? [$"metrics-listen is '{Listen}': legal is ADDRESS:PORT with an IP address, or {None}"]
            : [];
}
