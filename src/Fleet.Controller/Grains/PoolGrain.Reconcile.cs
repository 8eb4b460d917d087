using Fleet.Controller.Storage;
using Fleet.Core.Control;

namespace Fleet.Controller.Grains;

/// <summary>How a pool follows its spec: it reads the document as it is now, whatever happened in between.</summary>
internal sealed partial class PoolGrain
{
    /// <summary>Reads the spec and makes the pool follow it; returns the pool as it stands then, or null when it was deleted.</summary>
    public Task<PoolPicture?> ReconcileAsync(CancellationToken ct) => _mailbox.AskAsync(
        async () =>
        {
            if (_gone)
            {
                return null;
            }

            PoolDocument? document = (await _context.Store.ReadAsync<PoolDocument>(_spec, ct).ConfigureAwait(false))?.Value;
            if (document is null or { Deleting: true })
            {
                await DeleteAsync(ct).ConfigureAwait(false);
                return null;
            }

            await FollowAsync(document).ConfigureAwait(false);
            (_picturedAt, _due) = (default, true);
            await StepAsync().ConfigureAwait(false);
            if (_picture is { } seen && !ReferenceEquals(seen.Document, _document))
            {
                // A grain without its lease does not step; what was written is told all the same.
                _picture = seen with { Document = _document };
            }

            return _picture;
        },
        ct);

    private async Task FollowAsync(PoolDocument document)
    {
        _document = document;
        foreach (NodeGrain grain in _nodes.Values.ToArray())
        {
            // A node that is declared again with another agent is talked to anew.
            NodeDocument? declared = document.Nodes.FirstOrDefault(n => n.NodeId == grain.Node.NodeId);
            if (declared is null || declared.Agent != grain.Node.Agent)
            {
                _nodes.Remove(grain.Node.NodeId);
                await grain.DisposeAsync().ConfigureAwait(false);
            }
        }

        foreach (NodeDocument node in document.Nodes.Where(n => !_nodes.ContainsKey(n.NodeId)))
        {
            _nodes[node.NodeId] = new NodeGrain(PoolId, node, _context, Raise);
        }

        _events.Add(new SpecSet(SpecOf(document)));
        PublishRoutes();
    }

    /// <summary>Every step may be repeated by a successor: the spec goes last.</summary>
    private async Task DeleteAsync(CancellationToken ct)
    {
        await _context.Routes.RemovePoolAsync(PoolId, _context.Epoch, ct).ConfigureAwait(false);
        await Task.WhenAll(_nodes.Values.Select(n => n.RestoreAsync($"delete-{_context.Epoch}-{n.Node.NodeId}"))).ConfigureAwait(false);
        await DetachAllAsync().ConfigureAwait(false);
        await _learned.ClearAsync(ct).ConfigureAwait(false);
        await _context.Store.DeleteAsync(_spec, ct).ConfigureAwait(false);
        _gone = true;
    }
}
