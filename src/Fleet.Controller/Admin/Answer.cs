using System.Threading.Channels;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;
using Status = Grpc.Core.Status;

namespace Fleet.Controller.Admin;

/// <summary>Runs one call of the admin API and gives its faults their canonical status codes and details.</summary>
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
            throw Refuse(CodeOf(fault.Kind), fault.Message, fault.Fields);
        }
        catch (EtagMismatchException stale)
        {
            throw Refuse(
                StatusCode.Aborted, stale.Message, [new FieldFault("resource_version", "", "the present one: get the resource and retry")]);
        }
        catch (ChannelClosedException)
        {
            throw new RpcException(new Status(
                StatusCode.Unavailable, "the controller is stopping; retry at its successor"));
        }
        catch (StoreUnavailableException failure)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, $"the controller's store does not answer: {failure.Message}; retry"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DocumentException)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"the controller's store failed: {failure.Message}"));
        }
    }

    private static RpcException Refuse(StatusCode code, string message, IReadOnlyList<FieldFault> fields)
    {
        var status = new RpcStatus { Code = (int)code, Message = message };
        if (fields.Count > 0)
        {
            status.Details.Add(Any.Pack(new BadRequest
            {
                FieldViolations =
                {
                    fields.Select(f => new BadRequest.Types.FieldViolation
                    {
                        Field = f.Field, Description = $"'{f.Value}': legal is {f.Legal}",
                    }),
                },
            }));
            status.Details.Add(Any.Pack(new Violations
            {
                Violations_ = { fields.Select(f => new Violation { Field = f.Field, Value = f.Value, Legal = f.Legal }) },
            }));
        }

        return status.ToRpcException();
    }

    private static StatusCode CodeOf(FaultKind kind) => kind switch
    {
        FaultKind.Invalid => StatusCode.InvalidArgument,
        FaultKind.NotFound => StatusCode.NotFound,
        FaultKind.AlreadyExists => StatusCode.AlreadyExists,
        FaultKind.Stale => StatusCode.Aborted,
        FaultKind.Elsewhere => StatusCode.Unavailable,
        _ => StatusCode.FailedPrecondition,
    };
}
