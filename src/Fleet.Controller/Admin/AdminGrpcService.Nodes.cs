using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Controller.Wire;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Admin;

/// <summary>Nodes.</summary>
internal sealed partial class AdminGrpcService
{
    /// <inheritdoc/>
    public override Task<Node> AddNode(AddNodeRequest request, ServerCallContext context) => writes.RunAsync(
        context, request, request.RequestId, new WriteTarget(request.Spec?.PoolId ?? "", request.Spec?.NodeId ?? ""), Node.Parser, async () =>
        {
            NodeDocument node = SpecValidation.Node(request.Spec);
            PoolPicture picture = await pools.Get(request.Spec!.PoolId).AddNodeAsync(node, context.CancellationToken).ConfigureAwait(false);
            return NodeOf(picture, node.NodeId);
        });

    /// <inheritdoc/>
    public override Task<Node> UpdateNode(UpdateNodeRequest request, ServerCallContext context) => writes.RunAsync(
        context, request, request.RequestId, new WriteTarget(request.Spec?.PoolId ?? "", request.Spec?.NodeId ?? ""), Node.Parser, async () =>
        {
            NodeDocument wished = SpecValidation.Node(request.Spec);
            long? version = RequestChecks.Version(request.ResourceVersion);
            PoolPicture picture = await pools.Get(request.Spec!.PoolId).ChangeNodeAsync(
                wished.NodeId,
                version,
                node =>
                {
                    SpecValidation.Require((
                        wished.Address == node.Address, "spec.address", wished.Address,
                        $"{node.Address}: it names the node on the ring; remove the node and add it again"));
                    return wished with { Leaving = node.Leaving, Version = node.Version };
                },
                force: false,
                context.CancellationToken).ConfigureAwait(false);
            return NodeOf(picture, wished.NodeId);
        });

    /// <inheritdoc/>
    public override Task<Node> CordonNode(ChangeNodeRequest request, ServerCallContext context) =>
        ChangeNode(request, node => node with { Cordoned = true }, context);

    /// <inheritdoc/>
    public override Task<Node> UncordonNode(ChangeNodeRequest request, ServerCallContext context) =>
        ChangeNode(request, node => node with { Cordoned = false, Drained = false }, context);

    /// <inheritdoc/>
    public override Task<Node> DrainNode(ChangeNodeRequest request, ServerCallContext context) =>
        ChangeNode(request, node => node with { Drained = true }, context);

    /// <inheritdoc/>
    public override Task<Node> PauseNode(ChangeNodeRequest request, ServerCallContext context) =>
        ChangeNode(request, node => node with { Paused = true }, context);

    /// <inheritdoc/>
    public override Task<Node> ResumeNode(ChangeNodeRequest request, ServerCallContext context) =>
        ChangeNode(request, node => node with { Paused = false }, context);

    /// <inheritdoc/>
    public override Task<RemoveNodeResponse> RemoveNode(RemoveNodeRequest request, ServerCallContext context) => writes.RunAsync(
        context, request, request.RequestId, new WriteTarget(request.PoolId, request.NodeId), RemoveNodeResponse.Parser, async () =>
        {
            long? version = RequestChecks.Version(request.ResourceVersion);
            await pools.Get(request.PoolId)
                .RemoveNodeAsync(request.NodeId, request.Force, context.CancellationToken, version).ConfigureAwait(false);
            return new RemoveNodeResponse();
        });

    /// <inheritdoc/>
    public override Task<Node> GetNode(GetNodeRequest request, ServerCallContext context) =>
        Answer.Of(() => Task.FromResult(NodeOf(pools.Get(request.PoolId).Picture, request.NodeId)));

    /// <inheritdoc/>
    public override Task<ListNodesResponse> ListNodes(ListNodesRequest request, ServerCallContext context) => Answer.Of(() =>
    {
        // A pool's nodes are in the order of declaration, which is not that of their ids: the key counts them.
        IEnumerable<PoolRef> asked = request.PoolId.Length == 0 ? pools.All : [pools.Get(request.PoolId)];
        IEnumerable<(string Key, Node Node)> nodes = asked.SelectMany(
            p => p.Picture.ToNodes().Select((n, i) => (Key: $"{p.PoolId} {i:D9}", Node: n)));
        (IReadOnlyList<Node> page, string next) = Pages.Of(nodes, $"nodes/{request.PoolId}", request.PageSize, request.PageToken);
        var response = new ListNodesResponse { NextPageToken = next };
        response.Nodes.AddRange(page);
        return Task.FromResult(response);
    });

    private Task<Node> ChangeNode(ChangeNodeRequest request, Func<NodeDocument, NodeDocument> change, ServerCallContext context) =>
        writes.RunAsync(
            context, request, request.RequestId, new WriteTarget(request.PoolId, request.NodeId), Node.Parser, async () =>
            {
                long? version = RequestChecks.Version(request.ResourceVersion);
                PoolPicture picture = await pools.Get(request.PoolId)
                    .ChangeNodeAsync(request.NodeId, version, change, request.Force, context.CancellationToken).ConfigureAwait(false);
                return NodeOf(picture, request.NodeId);
            });

    private static Node NodeOf(PoolPicture picture, string nodeId) =>
        picture.ToNodes().FirstOrDefault(n => n.Spec.NodeId == nodeId) ?? throw FleetFault.NoNode(picture.Document.PoolId, nodeId);
}
