using System.Collections.Immutable;
using System.Text.Json;
using Fleet.Controller.Cluster;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Grains;

/// <summary>
/// The single owner of one pool: feeds what happens to the pool's decider, does what it says, and keeps its memory. Level-triggered: every
/// 250 ms it looks at the whole state again, so a lost event costs a moment and nothing else.
/// </summary>
internal sealed partial class PoolGrain : IAsyncDisposable
{
    /// <summary>Between two looks; the same as a traffic slice.</summary>
    internal static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two writes of what was learned, when it changed.</summary>
    internal static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(5);

    /// <summary>Between two pictures, as long as nobody asks: a look of a large pool costs more than a step.</summary>
    internal static TimeSpan PictureEvery(int nodes) => nodes <= 100 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(nodes / 500.0, 2));

    /// <summary>Nodes that a line of the log names.</summary>
    private const int LoggedNodes = 20;

    /// <summary>How long a restarted controller waits for the agent of a node that was leaving.</summary>
    private static readonly TimeSpan StrayPatience = TimeSpan.FromSeconds(30);

    private readonly GrainContext _context;
    private readonly Mailbox _mailbox;
    private readonly DocumentKey _spec;
    private readonly PersistentState<PoolStateDocument> _learned;
    private readonly Dictionary<string, NodeGrain> _nodes = [];
    private readonly List<PoolEvent> _events = [];
    private readonly SliceSummer _slices = new();
    private PoolDocument _document = null!;
    private IPoolControl? _control;
    private ITimer? _timer;
    private SetRoutes? _routes;
    private long _acknowledgedRevision = -1;
    private DateTimeOffset _now;
    private DateTimeOffset _savedAt;
    private DateTimeOffset _picturedAt;
    private DateTimeOffset _activatedAt;
    private byte[] _saved = [];
    private volatile PoolPicture? _picture;
    private int _tickWaiting;
    private bool _due = true;
    private bool _gone;

    /// <summary>Creates the grain; <see cref="ActivateAsync"/> brings it to life.</summary>
    public PoolGrain(GrainContext context)
    {
        (PoolId, _context) = (context.Lease.PoolId, context);
        _mailbox = new Mailbox($"pool {PoolId}", context.Logger);
        _spec = new DocumentKey(DocumentKinds.Pools, PoolId);
        _learned = new(context.Store, new DocumentKey(DocumentKinds.PoolStates, PoolId));
    }

    /// <summary>The pool.</summary>
    public string PoolId { get; }

    /// <summary>The right to act; without it the grain stands still.</summary>
    public PoolLease Lease => _context.Lease;

    /// <summary>The pool as of the last step; null before activation.</summary>
    public PoolPicture? Picture => _picture;

    /// <summary>Reads the pool's documents and begins to act.</summary>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="FleetFault">There is no such pool.</exception>
    /// <exception cref="DocumentException">A document cannot be used.</exception>
    public Task ActivateAsync(CancellationToken ct) => _mailbox.AskAsync(
        async () =>
        {
            PoolDocument document = (await _context.Store.ReadAsync<PoolDocument>(_spec, ct).ConfigureAwait(false))?.Value
                ?? throw FleetFault.NoPool(PoolId);
            await _learned.ReadAsync(ct).ConfigureAwait(false);
            _control = _context.CreateControl(_learned.Value?.Snapshot);
            _activatedAt = _context.Time.GetUtcNow();
            await FollowAsync(document).ConfigureAwait(false);
            await StepAsync().ConfigureAwait(false);
            _timer = _context.Time.CreateTimer(_ => Tick(), null, Period, Period);
            return true;
        },
        ct);

    /// <summary>Takes slices of this pool from a proxy; may be called from any thread.</summary>
    public void TakeSlices(string proxyId, IReadOnlyList<NodeSlice> slices) => _mailbox.TryPost(() =>
    {
        foreach (NodeSlice slice in slices)
        {
            _slices.Add(proxyId, slice);
        }

        _due = true;
        return Task.CompletedTask;
    });

    /// <summary>Stops acting and saves. Nothing changes at proxies and nodes: they go on as they are.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        _mailbox.TryPost(async () =>
        {
            await DetachAllAsync().ConfigureAwait(false);
            _context.Routes.Release(PoolId, _context.Epoch);
            if (!_gone && _control is not null)
            {
                _gone = true;
                if (Lease.Held)
                {
                    await SaveAsync().ConfigureAwait(false);
                }
            }
        });
        await _mailbox.DisposeAsync().ConfigureAwait(false);
    }

    private void Tick()
    {
        if (Interlocked.Exchange(ref _tickWaiting, 1) == 0 && !_mailbox.TryPost(StepAsync))
        {
            Volatile.Write(ref _tickWaiting, 0);
        }
    }

    private void Raise(PoolEvent what) => _mailbox.TryPost(() =>
    {
        _events.Add(what);

        // Readings wait for the period; answers that the decider waits for do not, but those that wait together share one step.
        if (what is not ReadingArrived)
        {
            _due = true;
            Tick();
        }

        return Task.CompletedTask;
    });

    private async Task StepAsync()
    {
        Volatile.Write(ref _tickWaiting, 0);
        if (_gone || _control is not { } control || IsEarly())
        {
            return;
        }

        if (!Lease.Held)
        {
            // Somebody else may own the pool by now: what happened meanwhile is theirs to see.
            _events.RemoveAll(e => e is not (SpecSet or AgentConnected or AgentLost));
            return;
        }

        DateTimeOffset clock = _context.Time.GetUtcNow();
        _now = clock > _now ? clock : _now;
        _events.AddRange(_slices.Drain());
        NoticeAcknowledgement();
        PoolEvent[] events = [.. _events];
        _events.Clear();
        foreach ((string nodeId, GuardSignal signal) in GuardSignals.Of(events, new Sla(_document.Percentile, _document.LatencyUs)))
        {
            _nodes.GetValueOrDefault(nodeId)?.Hear(signal);
        }

        foreach (PoolCommand command in control.Step(_now, events))
        {
            await ExecuteAsync(command).ConfigureAwait(false);
        }

        if (_now - _picturedAt >= PictureEvery(_document.Nodes.Length) || _document.Nodes.Any(n => n.Leaving))
        {
            await LookAsync(control).ConfigureAwait(false);
        }

        if (_now - _savedAt >= SaveEvery)
        {
            await SaveAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A large pool without news rests for longer than a period: its readings come all the time, and a step looks at every node.</summary>
    private bool IsEarly()
    {
        TimeSpan since = _context.Time.GetUtcNow() - _now;
        bool early = !_due && since >= TimeSpan.Zero && since < PictureEvery(_document.Nodes.Length);
        _due = false;
        return early;
    }

    private async Task LookAsync(IPoolControl control)
    {
        PoolView view = control.View;
        await ForgetStraysAsync(view).ConfigureAwait(false);
        _picturedAt = _now;
        Publish(view);
    }

    private void NoticeAcknowledgement()
    {
        if (_routes is { } routes && routes.Revision != _acknowledgedRevision
            && _context.Routes.IsAcknowledged(PoolId, _context.Epoch, WireRevision(routes)))
        {
            _acknowledgedRevision = routes.Revision;
            _events.Add(new RoutesAcknowledged(routes.Revision));
        }
    }

    private async Task ExecuteAsync(PoolCommand command)
    {
        switch (command)
        {
            case ApplySetting apply:
                _nodes.GetValueOrDefault(apply.NodeId)?.Apply(apply);
                break;
            case SetRoutes routes:
                await RouteAsync(routes).ConfigureAwait(false);
                break;
            case NodeRemoved removed:
                await ForgetNodeAsync(removed.NodeId).ConfigureAwait(false);
                break;
            case RecordDecision record:
                _context.Audit.Add(PoolId, record.Decision);
                break;
            default:
                throw new InvalidOperationException($"unknown command {command.GetType().Name}");
        }
    }

    private async Task RouteAsync(SetRoutes routes)
    {
        if (routes.Revision > (_learned.Value?.Snapshot.RouteRevision ?? -1))
        {
            // The revision is on the disk before a proxy sees it: a successor never goes back behind what proxies have.
            await SaveAsync().ConfigureAwait(false);
        }

        if (routes.Revision != _routes?.Revision)
        {
            string more = routes.Nodes.Length > LoggedNodes ? $" and {routes.Nodes.Length - LoggedNodes} more" : "";
            Routed(
                _context.Logger, PoolId, routes.Revision,
                string.Join(' ', routes.Nodes.Take(LoggedNodes).Select(n => $"{n.NodeId}={n.Weight}")) + more);
        }

        _routes = routes;
        PublishRoutes();
    }

    private void PublishRoutes()
    {
        if (_routes is { } routes)
        {
            _context.Routes.SetRoutes(new RouteTable(
                PoolId, _document.Listen, _document.Policy, _context.Epoch, WireRevision(routes), routes.Nodes));
        }
    }

    // The table that proxies see changes with the decider's routes and with the pool's own fields; the sum of both counters grows
    // with either.
    private long WireRevision(SetRoutes routes) => routes.Revision + _document.SpecVersion;

    private async Task DetachAllAsync()
    {
        // All at once: a pool of hundreds of nodes would else wait for each one's link to close.
        await Task.WhenAll(_nodes.Values.Select(n => n.DisposeAsync().AsTask())).ConfigureAwait(false);
        _nodes.Clear();
    }

    /// <summary>
    /// A node whose departure a restart interrupted is unknown to the decider, which routes without it at once: restore its host when the
    /// agent answers, and forget it.
    /// </summary>
    private async Task ForgetStraysAsync(PoolView view)
    {
        if (!_document.Nodes.Any(n => n.Leaving))
        {
            return;
        }

        HashSet<string> known = [.. view.Nodes.Select(n => n.NodeId)];
        foreach (NodeDocument node in _document.Nodes.Where(n => n.Leaving && !known.Contains(n.NodeId)))
        {
            NodeGrain? grain = _nodes.GetValueOrDefault(node.NodeId);
            if (grain is { Connected: true })
            {
                await grain.RestoreAsync($"stray-{_context.Epoch}-{node.NodeId}").ConfigureAwait(false);
            }
            else if (grain?.Node.Agent is not null && _now - _activatedAt < StrayPatience)
            {
                continue;
            }

            await ForgetNodeAsync(node.NodeId).ConfigureAwait(false);
        }
    }

    private async Task ForgetNodeAsync(string nodeId)
    {
        if (_nodes.Remove(nodeId, out NodeGrain? node))
        {
            await node.DisposeAsync().ConfigureAwait(false);
            _context.Routes.ForgetNode(PoolId, nodeId);
        }

        if (_document.Nodes.Any(n => n.NodeId == nodeId && n.Leaving))
        {
            PoolDocument? written = await _context.Store.ChangeAsync<PoolDocument>(
                _spec,
                d => d.Nodes.Any(n => n.NodeId == nodeId && n.Leaving)
                    ? d with { Nodes = d.Nodes.RemoveAll(n => n.NodeId == nodeId && n.Leaving) }
                    : d,
                default).ConfigureAwait(false);
            _document = written ?? _document;
            NodeForgotten(_context.Logger, PoolId, nodeId);
        }
    }

    private void Publish(PoolView view) => _picture = new PoolPicture(
        _document,
        view,
        _nodes.Where(n => n.Value.AgentError is not null).ToImmutableDictionary(n => n.Key, n => n.Value.AgentError!));

    private async Task SaveAsync()
    {
        _savedAt = _now;
        var document = new PoolStateDocument(_control!.Save());
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(document, DocumentJson.Line);
        if (!bytes.AsSpan().SequenceEqual(_saved))
        {
            await _learned.WriteAsync(document, default).ConfigureAwait(false);
            _saved = bytes;
        }
    }

    [LoggerMessage(2002, LogLevel.Information, "pool {Pool}: routes {Revision}: {Weights}")]
    private static partial void Routed(ILogger logger, string pool, long revision, string weights);

    [LoggerMessage(2003, LogLevel.Information, "pool {Pool}: node {Node} left")]
    private static partial void NodeForgotten(ILogger logger, string pool, string node);
}
