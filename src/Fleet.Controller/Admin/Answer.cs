using System.Threading.Channels;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Grpc.Core;

namespace Fleet.Controller.Admin;

/// <summary>Runs one call of the admin API and gives its faults their canonical status codes.</summary>
internal static class Answer
{
    /// <summary>The call's result, or an <see cref="RpcException"/> that tells the operator what to do.</summary>
    public static async Task<T> Of<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (FleetFault fault)
        {
            throw new RpcException(new Status(CodeOf(fault.Kind), fault.Message));
        }
        catch (EtagMismatchException stale)
        {
            throw new RpcException(new Status(StatusCode.Aborted, stale.Message));
        }
        catch (ChannelClosedException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the controller is stopping; retry at its successor"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DocumentException)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"the controller's store failed: {failure.Message}"));
        }
    }

    private static StatusCode CodeOf(FaultKind kind) => kind switch
    {
        FaultKind.Invalid => StatusCode.InvalidArgument,
        FaultKind.NotFound => StatusCode.NotFound,
        FaultKind.AlreadyExists => StatusCode.AlreadyExists,
        FaultKind.Stale => StatusCode.Aborted,
        _ => StatusCode.FailedPrecondition,
    };
}
