using Grpc.Core;
using Grpc.Health.V1;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Fleet.Grpc.Health;

/// <summary>grpc.health.v1.Health over a <see cref="HealthRegistry"/>.</summary>
internal sealed class HealthService(HealthRegistry registry) : global::Grpc.Health.V1.Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        registry.Read(request.Service).Status is { } status
            ? Task.FromResult(new HealthCheckResponse { Status = status })
            : throw new RpcException(new Status(StatusCode.NotFound, $"service '{request.Service}' is not known to the health service"));

    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        ServingStatus? sent = null;
        while (true)
        {
            var (status, changed) = registry.Read(request.Service);
            ServingStatus now = status ?? ServingStatus.ServiceUnknown;
            if (now != sent)
            {
                await responseStream.WriteAsync(new HealthCheckResponse { Status = now }).ConfigureAwait(false);
                sent = now;
            }

            await changed.WaitAsync(context.CancellationToken).ConfigureAwait(false);
        }
    }
}
