using System.Net.Sockets;
using Fleet.Hosting.Errors;
using Fleet.Lab.Lab;
using Grpc.Core;

namespace Fleet.Cli.Output;

/// <summary>Turns an exception into one line per problem and an exit code; stack traces stay inside.</summary>
internal static class Failures
{
    /// <summary>Messages for people and the exit code.</summary>
    public static (IReadOnlyList<string> Problems, int ExitCode) Explain(Exception failure) => failure switch
    {
        StartupException startup => (startup.Problems, ExitCode.Usage),
        RpcException
        {
            StatusCode: StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.FailedPrecondition or StatusCode.Aborted
        } rpc => ([rpc.Status.Detail], ExitCode.Failed),
        RpcException rpc => ([$"the controller answered {rpc.StatusCode}: {rpc.Status.Detail}"], ExitCode.Failed),
        LabException lab => ([lab.Message], ExitCode.Failed),
        OperationCanceledException => (["stopped before it was done"], ExitCode.Failed),
        AggregateException { InnerExceptions.Count: 1 } one => Explain(one.InnerExceptions[0]),
        IOException { InnerException: SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } } io => (
            [$"{io.Message.TrimEnd('.')}; stop what listens there or choose another address"], ExitCode.Usage),
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } socket => (
            [$"{socket.Message.TrimEnd('.')}; stop what listens there or choose another address"], ExitCode.Usage),
        UnauthorizedAccessException denied => ([$"{denied.Message}; run as a user that may do this"], ExitCode.Usage),
        _ => ([$"{failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}"], ExitCode.Failed),
    };
}
