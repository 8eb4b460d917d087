using Fleet.Controller.Audit;
using Fleet.Controller.Grains;
using Fleet.Controller.Wire;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Admin;

/// <summary>The admin API over the grains: checks requests, calls the owner, maps faults to canonical status codes.</summary>
/// <param name="pools">The pools.</param>
/// <param name="proxies">The proxies.</param>
/// <param name="decisions">The tuners' decisions.</param>
/// <param name="operations">The operators' writes.</param>
/// <param name="snapshots">Pictures of the whole fleet.</param>
/// <param name="writes">Runs writes once and records them.</param>
/// <param name="killSwitch">Stops all tuning.</param>
/// <param name="owners">Asks what only a pool's owner knows.</param>
internal sealed partial class AdminGrpcService(
    PoolDirectory pools,
    ProxySet proxies,
    IDecisionLog decisions,
    IOperationLog operations,
    FleetSnapshots snapshots,
    AdminWrites writes,
    KillSwitch killSwitch,
    OwnerCalls owners) : AdminService.AdminServiceBase
{
    /// <inheritdoc/>
    public override Task Watch(WatchRequest request, IServerStreamWriter<FleetSnapshot> responseStream, ServerCallContext context) =>
        Answer.Of(async () =>
        {
            SpecValidation.Require((
                request.IntervalMs is 0 or (>= 100 and <= 60_000), "interval_ms", request.IntervalMs, "100 to 60000, or 0 for 500"));
            if (request.PoolId.Length > 0)
            {
                pools.Get(request.PoolId);
            }

            uint intervalMs = request.IntervalMs == 0 ? 500 : request.IntervalMs;
            await foreach (FleetSnapshot snapshot in snapshots.WatchAsync(
                TimeSpan.FromMilliseconds(intervalMs), request.PoolId, request.ResumeToken, context.CancellationToken).ConfigureAwait(false))
            {
                await responseStream.WriteAsync(snapshot).ConfigureAwait(false);
            }

            return true;
        });

    /// <inheritdoc/>
    public override Task<V1.KillSwitch> SetKillSwitch(SetKillSwitchRequest request, ServerCallContext context) => writes.RunAsync(
        context, request, request.RequestId, new WriteTarget(), V1.KillSwitch.Parser, async () =>
        {
            SpecValidation.Require((request.Reason.Length <= 1000, "reason", $"{request.Reason.Length} characters", "at most 1000 characters"));
            return (await killSwitch.SetAsync(request.On, request.Reason, AdminCaller.Of(context).Actor, context.CancellationToken)
                .ConfigureAwait(false)).ToProto();
        });

    /// <inheritdoc/>
    public override Task<V1.KillSwitch> GetKillSwitch(GetKillSwitchRequest request, ServerCallContext context) => Answer.Of(async () =>
        (await killSwitch.ReadAsync(context.CancellationToken).ConfigureAwait(false)).ToProto());
}
