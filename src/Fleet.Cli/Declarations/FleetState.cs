using Fleet.V1;

namespace Fleet.Cli.Declarations;

/// <summary>Everything that operators declared, read page by page.</summary>
/// <param name="Pools">Every pool.</param>
/// <param name="Nodes">Every node.</param>
/// <param name="Proxies">Every proxy.</param>
internal sealed record FleetState(IReadOnlyList<Pool> Pools, IReadOnlyList<Node> Nodes, IReadOnlyList<V1.Proxy> Proxies)
{
    /// <summary>Reads the fleet.</summary>
    public static async Task<FleetState> ReadAsync(AdminService.AdminServiceClient admin, CancellationToken ct) => new(
        await PoolsAsync(admin, ct), await NodesAsync(admin, "", ct), await ProxiesAsync(admin, ct));

    /// <summary>Every pool.</summary>
    public static Task<List<Pool>> PoolsAsync(AdminService.AdminServiceClient admin, CancellationToken ct) => AllAsync(async token =>
    {
        ListPoolsResponse page = await admin.ListPoolsAsync(new ListPoolsRequest { PageToken = token }, cancellationToken: ct);
        return (page.Pools, page.NextPageToken);
    });

    /// <summary>Every node of a pool, or of all.</summary>
    public static Task<List<Node>> NodesAsync(AdminService.AdminServiceClient admin, string poolId, CancellationToken ct) =>
        AllAsync(async token =>
        {
            var request = new ListNodesRequest { PoolId = poolId, PageToken = token };
            ListNodesResponse page = await admin.ListNodesAsync(request, cancellationToken: ct);
            return (page.Nodes, page.NextPageToken);
        });

    /// <summary>Every proxy.</summary>
    public static Task<List<V1.Proxy>> ProxiesAsync(AdminService.AdminServiceClient admin, CancellationToken ct) => AllAsync(async token =>
    {
        ListProxiesResponse page = await admin.ListProxiesAsync(new ListProxiesRequest { PageToken = token }, cancellationToken: ct);
        return (page.Proxies, page.NextPageToken);
    });

    private static async Task<List<T>> AllAsync<T>(Func<string, Task<(Google.Protobuf.Collections.RepeatedField<T> Items, string Next)>> page)
    {
        var all = new List<T>();
        string token = "";
        do
        {
            (Google.Protobuf.Collections.RepeatedField<T> items, token) = await page(token);
            all.AddRange(items);
        }
        while (token.Length > 0);
        return all;
    }
}
