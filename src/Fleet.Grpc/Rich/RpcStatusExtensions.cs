using Google.Protobuf;

namespace Grpc.Core;

/// <summary>Statuses with typed details: google.rpc.Status in the grpc-status-details-bin trailer.</summary>
public static class RpcStatusExtensions
{
    private const string DetailsKey = "grpc-status-details-bin";

    /// <summary>An exception for a handler to throw; the client finds the details with <see cref="GetRpcStatus"/>.</summary>
    /// <param name="status">Status with details; its code is that of the call.</param>
    public static RpcException ToRpcException(this Google.Rpc.Status status)
    {
        ArgumentNullException.ThrowIfNull(status);
        var trailers = new Metadata { { DetailsKey, status.ToByteArray() } };
        return new RpcException(new Status((StatusCode)status.Code, status.Message), trailers);
    }

    /// <summary>The status with details that the server sent, or null when it sent none that can be read.</summary>
    /// <param name="exception">Failure of a call.</param>
    public static Google.Rpc.Status? GetRpcStatus(this RpcException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        try
        {
            return exception.Trailers.GetValueBytes(DetailsKey) is { } bytes ? Google.Rpc.Status.Parser.ParseFrom(bytes) : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
