using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent.Safety;

/// <summary>
/// Permissions that this process lacks: each is logged once, with what would give it, and stays visible as the gauge
/// <c>fleet.agent.permission.missing</c> (1 for each knob or sensor that it keeps from working).
/// </summary>
internal sealed class MissingPermissions : IDisposable
{
    internal const string MeterName = "Fleet.NodeAgent";

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, string> _missing = new(StringComparer.Ordinal);
    private readonly ILogger _logger;
    private readonly Meter _meter = new(MeterName);

    internal MissingPermissions(ILogger logger)
    {
        _logger = logger;
        _meter.CreateObservableGauge(
            "fleet.agent.permission.missing", Measure, "{permission}", "knobs and sensors that a missing permission keeps from working");
    }

    /// <summary>Notes that a knob or sensor lacks a permission; logs it the first time.</summary>
    internal void Report(string name, string reason)
    {
        lock (_gate)
        {
            if (!_missing.TryAdd(name, reason))
            {
                return;
            }
        }

        AgentLog.PermissionMissing(_logger, name, reason);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private List<Measurement<int>> Measure()
    {
        lock (_gate)
        {
            return [.. _missing.Keys.Select(name => new Measurement<int>(1, new KeyValuePair<string, object?>("name", name)))];
        }
    }
}
