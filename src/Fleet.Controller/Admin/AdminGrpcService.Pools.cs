using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Controller.Wire;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Admin;

/// <summary>Pools.</summary>
internal sealed partial class AdminGrpcService
{
    /// <inheritdoc/>
    public override Task<Pool> CreatePool(CreatePoolRequest request, ServerCallContext context) => writes.RunAsync(
        context, request, request.RequestId, new WriteTarget(request.Spec?.PoolId ?? ""), Pool.Parser, async () =>
        {
            PoolDocument document = SpecValidation.Pool(request.Spec);
            bool halted = (await killSwitch.ReadAsync(context.CancellationToken).ConfigureAwait(false)).On;
            return (await pools.CreateAsync(document with { Halted = halted }, context.CancellationToken).ConfigureAwait(false)).ToProto();
        });

    /// <inheritdoc/>
    public override Task<Pool> UpdatePool(UpdatePoolRequest request, ServerCallContext context) => writes.RunAsync(
        context, request, request.RequestId, new WriteTarget(request.Spec?.PoolId ?? ""), Pool.Parser, async () =>
        {
            PoolDocument fields = SpecValidation.Pool(request.Spec);
            long? version = RequestChecks.Version(request.ResourceVersion);
            pools.CheckListen(fields);
            return (await pools.Get(fields.PoolId).UpdateAsync(fields, version, context.CancellationToken).ConfigureAwait(false)).ToProto();
        });

    /// <inheritdoc/>
    public override Task<Pool> PausePool(ChangePoolRequest request, ServerCallContext context) => SetPaused(request, true, context);

    /// <inheritdoc/>
    public override Task<Pool> ResumePool(ChangePoolRequest request, ServerCallContext context) => SetPaused(request, false, context);

    /// <inheritdoc/>
    public override Task<DeletePoolResponse> DeletePool(DeletePoolRequest request, ServerCallContext context) => writes.RunAsync(
        context, request, request.RequestId, new WriteTarget(request.PoolId), DeletePoolResponse.Parser, async () =>
        {
            long? version = RequestChecks.Version(request.ResourceVersion);
            await pools.Get(request.PoolId).DeleteAsync(context.CancellationToken, version).ConfigureAwait(false);
            return new DeletePoolResponse();
        });

    /// <inheritdoc/>
    public override Task<Pool> GetPool(GetPoolRequest request, ServerCallContext context) =>
        Answer.Of(() => Task.FromResult(pools.Get(request.PoolId).Picture.ToProto()));

    /// <inheritdoc/>
    public override Task<ListPoolsResponse> ListPools(ListPoolsRequest request, ServerCallContext context) => Answer.Of(() =>
    {
        (IReadOnlyList<PoolRef> page, string next) =
            Pages.Of(pools.All.Select(p => (p.PoolId, p)), "pools", request.PageSize, request.PageToken);
        var response = new ListPoolsResponse { NextPageToken = next };
        response.Pools.AddRange(page.Select(p => p.Picture.ToProto()));
        return Task.FromResult(response);
    });

    private Task<Pool> SetPaused(ChangePoolRequest request, bool paused, ServerCallContext context) => writes.RunAsync(
        context, request, request.RequestId, new WriteTarget(request.PoolId), Pool.Parser, async () =>
        {
            long? version = RequestChecks.Version(request.ResourceVersion);
            return (await pools.Get(request.PoolId)
                .ChangePoolAsync(document => document with { Paused = paused }, version, context.CancellationToken)
                .ConfigureAwait(false)).ToProto();
        });
}
