using Fleet.Controller.Audit;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Controller.Wire;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Admin;

/// <summary>The admin API over the grains: checks requests, calls the owner, maps faults to canonical status codes.</summary>
/// <param name="pools">The pools.</param>
/// <param name="proxies">The proxies.</param>
/// <param name="decisions">The decisions.</param>
/// <param name="snapshots">Pictures of the whole fleet.</param>
internal sealed class AdminGrpcService(PoolDirectory pools, ProxySet proxies, IDecisionLog decisions, FleetSnapshots snapshots)
    : AdminService.AdminServiceBase
{
    /// <inheritdoc/>
    public override Task<Pool> CreatePool(CreatePoolRequest request, ServerCallContext context) => Answer.Of(async () =>
        (await pools.CreateAsync(SpecValidation.Pool(request.Spec), context.CancellationToken).ConfigureAwait(false)).ToProto());

    /// <inheritdoc/>
    public override Task<Pool> UpdatePool(UpdatePoolRequest request, ServerCallContext context) => Answer.Of(async () =>
    {
        PoolDocument fields = SpecValidation.Pool(request.Spec);
        bool versioned = request.ResourceVersion.Length > 0;
        long version = 0;
        SpecValidation.Require((
            !versioned || long.TryParse(request.ResourceVersion, out version),
            "resource_version", request.ResourceVersion, "as returned with the pool, or empty"));
        PoolPicture picture = await pools.Get(fields.PoolId)
            .UpdateAsync(fields, versioned ? version : null, context.CancellationToken).ConfigureAwait(false);
        return picture.ToProto();
    });

    /// <inheritdoc/>
    public override Task<DeletePoolResponse> DeletePool(DeletePoolRequest request, ServerCallContext context) => Answer.Of(async () =>
    {
        await pools.Get(request.PoolId).DeleteAsync(context.CancellationToken).ConfigureAwait(false);
        return new DeletePoolResponse();
    });

    /// <inheritdoc/>
    public override Task<Pool> GetPool(GetPoolRequest request, ServerCallContext context) =>
        Answer.Of(() => Task.FromResult(pools.Get(request.PoolId).Picture.ToProto()));

    /// <inheritdoc/>
    public override Task<ListPoolsResponse> ListPools(ListPoolsRequest request, ServerCallContext context)
    {
        var response = new ListPoolsResponse();
        response.Pools.AddRange(pools.Pictures.Select(p => p.ToProto()));
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task<Node> AddNode(AddNodeRequest request, ServerCallContext context) => Answer.Of(async () =>
    {
        NodeDocument node = SpecValidation.Node(request.Spec);
        PoolPicture picture = await pools.Get(request.Spec.PoolId).AddNodeAsync(node, context.CancellationToken).ConfigureAwait(false);
        return picture.ToNodes().First(n => n.Spec.NodeId == node.NodeId);
    });

    /// <inheritdoc/>
    public override Task<RemoveNodeResponse> RemoveNode(RemoveNodeRequest request, ServerCallContext context) => Answer.Of(async () =>
    {
        await pools.Get(request.PoolId).RemoveNodeAsync(request.NodeId, request.Force, context.CancellationToken).ConfigureAwait(false);
        return new RemoveNodeResponse();
    });

    /// <inheritdoc/>
    public override Task<Node> GetNode(GetNodeRequest request, ServerCallContext context) => Answer.Of(() => Task.FromResult(
        pools.Get(request.PoolId).Picture.ToNodes().FirstOrDefault(n => n.Spec.NodeId == request.NodeId)
            ?? throw FleetFault.NoNode(request.PoolId, request.NodeId)));

    /// <inheritdoc/>
    public override Task<ListNodesResponse> ListNodes(ListNodesRequest request, ServerCallContext context) => Answer.Of(() =>
    {
        var response = new ListNodesResponse();
        IEnumerable<PoolPicture> asked = request.PoolId.Length == 0 ? pools.Pictures : [pools.Get(request.PoolId).Picture];
        response.Nodes.AddRange(asked.SelectMany(p => p.ToNodes()));
        return Task.FromResult(response);
    });

    /// <inheritdoc/>
    public override Task<Proxy> AddProxy(AddProxyRequest request, ServerCallContext context) => Answer.Of(async () =>
    {
        SpecValidation.Proxy(request.Spec);
        ProxyPicture added = await proxies.AddAsync(request.Spec.ProxyId, request.Spec.Control, context.CancellationToken)
            .ConfigureAwait(false);
        return added.ToProto();
    });

    /// <inheritdoc/>
    public override Task<RemoveProxyResponse> RemoveProxy(RemoveProxyRequest request, ServerCallContext context) => Answer.Of(async () =>
    {
        await proxies.RemoveAsync(request.ProxyId, context.CancellationToken).ConfigureAwait(false);
        return new RemoveProxyResponse();
    });

    /// <inheritdoc/>
    public override Task<ListProxiesResponse> ListProxies(ListProxiesRequest request, ServerCallContext context)
    {
        var response = new ListProxiesResponse();
        response.Proxies.AddRange(proxies.List().Select(p => p.ToProto()));
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task Watch(WatchRequest request, IServerStreamWriter<FleetSnapshot> responseStream, ServerCallContext context) =>
        Answer.Of(async () =>
        {
            SpecValidation.Require((
                request.IntervalMs is 0 or (>= 100 and <= 60_000), "interval_ms", request.IntervalMs, "100 to 60000, or 0 for 500"));
            uint intervalMs = request.IntervalMs == 0 ? 500 : request.IntervalMs;
            await foreach (FleetSnapshot snapshot in snapshots
                .WatchAsync(TimeSpan.FromMilliseconds(intervalMs), context.CancellationToken).ConfigureAwait(false))
            {
                await responseStream.WriteAsync(snapshot).ConfigureAwait(false);
            }

            return true;
        });

    /// <inheritdoc/>
    public override Task<ListDecisionsResponse> ListDecisions(ListDecisionsRequest request, ServerCallContext context) => Answer.Of(() =>
    {
        SpecValidation.Require((request.Limit <= 1000, "limit", request.Limit, "1 to 1000, or 0 for 100"));
        PoolRef pool = pools.Get(request.PoolId);
        int limit = request.Limit == 0 ? 100 : (int)request.Limit;
        var response = new ListDecisionsResponse();
        response.Decisions.AddRange(decisions
            .Latest(pool.PoolId, request.NodeId.Length == 0 ? null : request.NodeId, limit).Select(d => d.ToProto(pool.PoolId)));
        return Task.FromResult(response);
    });
}
