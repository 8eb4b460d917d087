using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent;

/// <summary>The agent's log messages, ids 3000 to 3099.</summary>
internal static partial class AgentLog
{
    [LoggerMessage(3000, LogLevel.Information, "agent {Name} of device {Device} listens on {Listen}")]
    internal static partial void Listening(ILogger logger, string name, string device, string listen);

    [LoggerMessage(3001, LogLevel.Information, "applied {Setting} (exploring: {Exploring}) in {ElapsedMs} ms")]
    internal static partial void Applied(ILogger logger, string setting, bool exploring, double elapsedMs);

    [LoggerMessage(3002, LogLevel.Warning, "{What}")]
    internal static partial void OnItsOwn(ILogger logger, string what);

    [LoggerMessage(3003, LogLevel.Error, "originals are not back, journal {Journal} stays for the next start: {Why}")]
    internal static partial void RestoreFailed(ILogger logger, string journal, string why);

    [LoggerMessage(3004, LogLevel.Warning, "no guard against a crash of the agent: {Why}; the next start replays the journal")]
    internal static partial void NoGuard(ILogger logger, string why);

    [LoggerMessage(3005, LogLevel.Warning, "missing permission for {Name}: {Fix}")]
    internal static partial void PermissionMissing(ILogger logger, string name, string fix);

    [LoggerMessage(3006, LogLevel.Warning, "{Bypass}")]
    internal static partial void Bypassed(ILogger logger, string bypass);
}
