using Grpc.Core;

namespace Fleet.Controller.Wire;

/// <summary>Gives failures of outgoing calls a message that names who was called.</summary>
internal static class RpcFailure
{
    /// <summary>Runs the call; an <see cref="RpcException"/> becomes an <see cref="IOException"/> that names the peer.</summary>
    public static async Task<T> Explain<T>(Func<Task<T>> call, string peer, string address)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (RpcException failure)
        {
            throw new IOException($"{peer} at {address}: {failure.StatusCode}: {failure.Status.Detail}", failure);
        }
    }

    /// <summary>Whether the peer understood the call and refused it, so that the link is good.</summary>
    public static bool IsRefusal(Exception failure) => failure.InnerException is RpcException
    {
        StatusCode: StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.Aborted or StatusCode.AlreadyExists
            or StatusCode.NotFound or StatusCode.OutOfRange or StatusCode.ResourceExhausted or StatusCode.Internal
    };
}
