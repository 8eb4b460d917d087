using Fleet.Controller.Grains;
using Fleet.Controller.Wire;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Admin;

/// <summary>Proxies.</summary>
internal sealed partial class AdminGrpcService
{
    /// <inheritdoc/>
    public override Task<Proxy> AddProxy(AddProxyRequest request, ServerCallContext context) => writes.RunAsync(
        context, request, request.RequestId, new WriteTarget(ProxyId: request.Spec?.ProxyId ?? ""), Proxy.Parser, async () =>
        {
            SpecValidation.Proxy(request.Spec);
            ProxyPicture added = await proxies.AddAsync(request.Spec!.ProxyId, request.Spec.Control, context.CancellationToken)
                .ConfigureAwait(false);
            return added.ToProto();
        });

    /// <inheritdoc/>
    public override Task<Proxy> GetProxy(GetProxyRequest request, ServerCallContext context) =>
        Answer.Of(() => Task.FromResult(ProxyOf(request.ProxyId)));

    /// <inheritdoc/>
    public override Task<RemoveProxyResponse> RemoveProxy(RemoveProxyRequest request, ServerCallContext context) => writes.RunAsync(
        context, request, request.RequestId, new WriteTarget(ProxyId: request.ProxyId), RemoveProxyResponse.Parser, async () =>
        {
            // A proxy's spec never changes, so its version is always the first.
            if (RequestChecks.Version(request.ResourceVersion) is { } version && ProxyOf(request.ProxyId).ResourceVersion != $"{version}")
            {
                throw FleetFault.StaleVersion($"proxy '{request.ProxyId}'", 1, version);
            }

            await proxies.RemoveAsync(request.ProxyId, context.CancellationToken).ConfigureAwait(false);
            return new RemoveProxyResponse();
        });

    /// <inheritdoc/>
    public override Task<ListProxiesResponse> ListProxies(ListProxiesRequest request, ServerCallContext context) => Answer.Of(() =>
    {
        (IReadOnlyList<ProxyPicture> page, string next) =
            Pages.Of(proxies.List().Select(p => (p.ProxyId, p)), "proxies", request.PageSize, request.PageToken);
        var response = new ListProxiesResponse { NextPageToken = next };
        response.Proxies.AddRange(page.Select(p => p.ToProto()));
        return Task.FromResult(response);
    });

    private Proxy ProxyOf(string proxyId) =>
        proxies.List().FirstOrDefault(p => p.ProxyId == proxyId)?.ToProto() ?? throw FleetFault.NoProxy(proxyId);
}
