using Microsoft.Extensions.Logging;

namespace Fleet.Grpc.Server;

/// <summary>Log messages of the server side; ids 550 to 569.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(550, LogLevel.Error, "Handler of {Method} failed; the client sees UNKNOWN")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string method);
}
