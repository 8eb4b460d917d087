using System.Collections.Immutable;
using Fleet.Core.Routing;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Protocol;
using Fleet.Proxy.Routes;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Proxy.Control;

/// <summary>The control side over gRPC; what each call promises is said in protos/fleet/v1/proxy.proto.</summary>
internal sealed class ProxyControlService(
    PoolManager pools, SendDelays delays, ProxyEngine engine, TelemetryHub telemetry)
    : ProxyService.ProxyServiceBase
{
    private const string DefaultPolicy = RoutingPolicies.Ketama;

    /// <inheritdoc />
    public override async Task<ConfigurePoolResponse> ConfigurePool(ConfigurePoolRequest request, ServerCallContext context)
    {
        if (request.Pool is null)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "pool is missing"));
        }

        PoolDefinition served = await RefusableAsync(() =>
        {
            PoolDefinition wanted = Definition(request.Pool, pools.Find(request.Pool.PoolId));
            return pools.ConfigureAsync(wanted, request.Epoch, context.CancellationToken);
        }).ConfigureAwait(false);
        return new ConfigurePoolResponse { Revision = served.Revision };
    }

    /// <inheritdoc />
    public override async Task<RemovePoolResponse> RemovePool(RemovePoolRequest request, ServerCallContext context)
    {
        bool was = await RefusableAsync(() =>
            pools.RemoveAsync(request.PoolId, request.Epoch, context.CancellationToken)).ConfigureAwait(false);
        return was
            ? new RemovePoolResponse()
            : throw new RpcException(new Status(StatusCode.NotFound, $"pool \"{request.PoolId}\" is not served here"));
    }

    /// <inheritdoc />
    public override async Task<SetSendDelaysResponse> SetSendDelays(SetSendDelaysRequest request, ServerCallContext context)
    {
        NodeDelay[] wanted = [.. request.Nodes.Select(n => new NodeDelay(n.NodeId, TimeSpan.FromMicroseconds(n.SendDelayUs)))];
        IReadOnlyList<NodeDelay> inForce = await RefusableAsync(() => delays.SetAsync(
            request.PoolId, wanted, TimeSpan.FromMilliseconds(request.ValidMs), request.Epoch)).ConfigureAwait(false);
        var answer = new SetSendDelaysResponse();
        answer.Nodes.AddRange(inForce.Select(d => new NodeSendDelay { NodeId = d.NodeId, SendDelayUs = (uint)d.Delay.TotalMicroseconds }));
        return answer;
    }

    /// <inheritdoc />
    public override async Task<GetStatusResponse> GetStatus(GetStatusRequest request, ServerCallContext context)
    {
        List<NodeReport> reports = await engine.StatusAsync().ConfigureAwait(false);
        var status = new GetStatusResponse { Version = Replies.VersionText, ClientConnections = (ulong)engine.Connections };
        status.Pools.AddRange(pools.Pools.Select(Routes));
        status.Activity.AddRange(pools.Served.Where(p => !p.IsHttp && !p.IsTunnel).Select(Activity));
        status.Nodes.AddRange(reports.GroupBy(r => (r.PoolId, r.NodeId)).Select(node => new Fleet.V1.NodeConnection
        {
            PoolId = node.Key.PoolId,
            NodeId = node.Key.NodeId,
            Connected = node.All(r => r.Connected),
            InFlight = (ulong)node.Sum(r => (long)r.InFlight),
            LastError = node.Select(r => r.LastError).FirstOrDefault(e => e.Length > 0) ?? "",
        }));
        return status;
    }

    /// <inheritdoc />
    public override async Task WatchTelemetry(
        WatchTelemetryRequest request, IServerStreamWriter<Telemetry> responseStream, ServerCallContext context)
    {
        try
        {
            await foreach (Telemetry slice in telemetry.WatchAsync(context.CancellationToken).ConfigureAwait(false))
            {
                await responseStream.WriteAsync(slice).ConfigureAwait(false);
            }
        }
        catch (WatcherTooSlowException e)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, e.Message));
        }
    }

    private static async Task<T> RefusableAsync<T>(Func<Task<T>> change)
    {
        try
        {
            return await change().ConfigureAwait(false);
        }
        catch (PoolRefusedException e)
        {
            throw new RpcException(new Status(e.Stale ? StatusCode.FailedPrecondition : StatusCode.InvalidArgument, e.Message));
        }
    }

    /// <summary>A controller decides nodes, weights and policy; the rules of a pool that the proxy has already stay.</summary>
    private static PoolDefinition Definition(PoolRoutes routes, PoolDefinition? present)
    {
        ImmutableArray<RouteNode> nodes =
            [.. routes.Nodes.Select(n => new RouteNode(n.NodeId, n.Address, (int)Math.Min(n.Weight, int.MaxValue)))];
        string policy = routes.Policy.Length == 0 ? present?.Policy ?? DefaultPolicy : routes.Policy;
        return present is null
            ? new PoolDefinition(routes.PoolId, routes.Listen, policy, nodes, routes.Revision)
            : present with { Listen = routes.Listen, Policy = policy, Nodes = nodes, Revision = routes.Revision };
    }

    private static PoolActivity Activity(PublishedPool pool)
    {
        RouteCounts counts = pool.Counts();
        var activity = new PoolActivity
        {
            PoolId = pool.PoolId,
            FailedOver = (ulong)counts.FailedOver,
            Shadowed = (ulong)counts.Shadowed,
            Coalesced = (ulong)counts.Coalesced,
            Spread = (ulong)counts.Spread,
            Fetched = (ulong)counts.Fetched,
            Found = (ulong)counts.Found,
            Filled = (ulong)counts.Filled,
            HeldOff = (ulong)counts.HeldOff,
            Overtaken = (ulong)counts.Overtaken,
        };
        activity.Moves.AddRange(pool.Current.Moves.Select(m => (m.Revision, Sum: m.Sum())).Select(m => new MoveActivity
        {
            Revision = m.Revision,
            Asked = (ulong)m.Sum.Asked,
            Found = (ulong)m.Sum.Found,
            Filled = (ulong)m.Sum.Filled,
            HeldOff = (ulong)m.Sum.HeldOff,
            Overtaken = (ulong)m.Sum.Overtaken,
        }));
        return activity;
    }

    private static PoolRoutes Routes(PoolDefinition pool)
    {
        var routes = new PoolRoutes { PoolId = pool.PoolId, Listen = pool.Listen, Policy = pool.Policy, Revision = pool.Revision };
        routes.Nodes.AddRange(pool.Nodes.Select(n => new NodeRoute { NodeId = n.NodeId, Address = n.Address, Weight = (uint)n.Weight }));
        return routes;
    }
}
