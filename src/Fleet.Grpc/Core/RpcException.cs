namespace Grpc.Core;

/// <summary>A call ended with a status other than OK. Thrown by clients; thrown by a handler, it sets the status of its call.</summary>
public class RpcException : Exception
{
    /// <summary>An exception with a status and no trailers.</summary>
    /// <param name="status">Status of the call.</param>
    public RpcException(Status status)
        : this(status, Metadata.Empty)
    {
    }

    /// <summary>An exception with its own message.</summary>
    /// <param name="status">Status of the call.</param>
    /// <param name="message">Exception message.</param>
    public RpcException(Status status, string message)
        : this(status, Metadata.Empty, message)
    {
    }

    /// <summary>An exception with trailers.</summary>
    /// <param name="status">Status of the call.</param>
    /// <param name="trailers">Trailers; in a handler they are sent to the client.</param>
    public RpcException(Status status, Metadata trailers)
        : this(status, trailers, status.ToString())
    {
    }

    /// <summary>An exception with trailers and its own message.</summary>
    /// <param name="status">Status of the call.</param>
    /// <param name="trailers">Trailers; in a handler they are sent to the client.</param>
    /// <param name="message">Exception message.</param>
    public RpcException(Status status, Metadata trailers, string message)
        : base(message, status.DebugException)
    {
        Status = status;
        Trailers = trailers ?? throw new ArgumentNullException(nameof(trailers));
    }

    /// <summary>Status of the call.</summary>
    public Status Status { get; }

    /// <summary>Code of <see cref="Status"/>.</summary>
    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>Trailers of the call; empty when there are none.</summary>
    public Metadata Trailers { get; }
}
