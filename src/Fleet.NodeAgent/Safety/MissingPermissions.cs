using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent.Safety;

/// <summary>
/// Permissions that this process lacks: each is logged once, with what would give it, and stays visible as the metric
/// <c>fleet.agent.permission.missing</c>.
/// </summary>
internal sealed class MissingPermissions(ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly SortedSet<string> _missing = new(StringComparer.Ordinal);

    /// <summary>Knobs and sensors that a missing permission keeps from working.</summary>
    internal IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _missing];
            }
        }
    }

    /// <summary>Notes that a knob or sensor lacks a permission; logs it the first time.</summary>
    internal void Report(string name, string reason)
    {
        lock (_gate)
        {
            if (!_missing.Add(name))
            {
                return;
            }
        }

        AgentLog.PermissionMissing(logger, name, reason);
    }
}
