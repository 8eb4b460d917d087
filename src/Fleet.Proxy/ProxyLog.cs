using Microsoft.Extensions.Logging;

namespace Fleet.Proxy;

/// <summary>The proxy's messages; ids 1000 to 1999 are never reused. Next free: 1011.</summary>
internal static partial class ProxyLog
{
    [LoggerMessage(1000, LogLevel.Information, "Serving pool {PoolId} on {Listen} with {Nodes} nodes, revision {Revision}")]
    public static partial void Serving(ILogger logger, string poolId, string listen, int nodes, ulong revision);

    [LoggerMessage(1001, LogLevel.Warning, "Node {NodeId} of pool {PoolId} is lost: {Error}")]
    public static partial void NodeLost(ILogger logger, string poolId, string nodeId, string error);

    [LoggerMessage(1002, LogLevel.Information, "Node {NodeId} of pool {PoolId} is connected")]
    public static partial void NodeConnected(ILogger logger, string poolId, string nodeId);

    [LoggerMessage(1003, LogLevel.Error, "Out of file descriptors: new clients wait; raise the limit (ulimit -n) or lower the connections")]
    public static partial void OutOfDescriptors(ILogger logger);

    [LoggerMessage(1004, LogLevel.Information, "Stopping: {Connections} clients finish what is in flight")]
    public static partial void Stopping(ILogger logger, int connections);

    [LoggerMessage(1005, LogLevel.Warning, "A telemetry watcher is too slow and was dropped")]
    public static partial void WatcherDropped(ILogger logger);

    [LoggerMessage(1006, LogLevel.Information, "The pools of {File} are in force: {Pools}")]
    public static partial void Reloaded(ILogger logger, string file, string pools);

    [LoggerMessage(1007, LogLevel.Error, "The pools of {File} are refused and the last good ones stay in force: {Problems}")]
    public static partial void ReloadRefused(ILogger logger, string file, string problems);

    [LoggerMessage(1008, LogLevel.Information, "Handing {Connections} clients over to process {Process}, started by the same command line")]
    public static partial void HandingOver(ILogger logger, int connections, int process);

    [LoggerMessage(1009, LogLevel.Error, "The hand-over failed and this process goes on as before: {Reason}")]
    public static partial void HandoverFailed(ILogger logger, string reason);

    [LoggerMessage(1010, LogLevel.Information, "Process {Process} takes over {Pools} pools and their clients")]
    public static partial void TookOver(ILogger logger, int process, int pools);
}
