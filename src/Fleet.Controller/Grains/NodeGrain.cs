using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Grains;

/// <summary>
/// Talks to one node's agent for its pool: dials, describes, renews, watches readings, applies settings, and dials again when the link
/// breaks. Everything that happens is raised as an event of the pool; the grain decides nothing.
/// </summary>
internal sealed partial class NodeGrain : IAsyncDisposable
{
    private readonly string _poolId;
    private readonly GrainContext _context;
    private readonly Action<PoolEvent> _raise;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private volatile IAgentLink? _link;
    private volatile string? _error;
    private string? _inFlight;
    private long _sendDelayUs;
    private GuardSignal? _guard;
    private volatile bool _guardHeardTrouble;
    private int _telling;

    /// <summary>Starts talking to the node's agent, when it has one.</summary>
    /// <param name="poolId">The pool.</param>
    /// <param name="node">The node as declared.</param>
    /// <param name="context">Ports and clock.</param>
    /// <param name="raise">Takes events; may be called from any thread.</param>
    public NodeGrain(string poolId, NodeDocument node, GrainContext context, Action<PoolEvent> raise)
    {
        (_poolId, Node, _context, _raise) = (poolId, node, context, raise);
        _loop = node.Agent is null ? Task.CompletedTask : Task.Run(() => RunAsync(node.Agent));
    }

    /// <summary>The node as declared.</summary>
    public NodeDocument Node { get; }

    /// <summary>Whether the agent answers.</summary>
    public bool Connected => _link is not null;

    /// <summary>Last error of talking to the agent; null when none.</summary>
    public string? AgentError => _error;

    /// <summary>
    /// Starts applying a setting. The pool repeats a command until it is answered, so a command that arrives while another is on its
    /// way, or while the agent is away, is simply not taken.
    /// </summary>
    public void Apply(ApplySetting command)
    {
        if (_context.Lease.Held && _link is { } link && Interlocked.CompareExchange(ref _inFlight, command.CommandId, null) is null)
        {
            _ = ApplyAsync(link, command);
        }
    }

    /// <summary>
    /// Passes on what the proxies saw: at once while the promise is broken and when that ends, else with the next renewal. The agent's guard
    /// acts on its own, also when this controller does not.
    /// </summary>
    public void Hear(GuardSignal signal)
    {
        bool urgent = signal.Over || _guardHeardTrouble;
        if (urgent && _context.Lease.Held && _link is { } link && Interlocked.CompareExchange(ref _telling, 1, 0) == 0)
        {
            Volatile.Write(ref _guard, null);
            _guardHeardTrouble = signal.Over;
            _ = TellAsync(link, signal);
        }
        else
        {
            Volatile.Write(ref _guard, signal);
        }
    }

    /// <summary>Puts the host's originals back, best effort: the agent's own lease and journal cover the rest.</summary>
    public async Task RestoreAsync(string commandId)
    {
        if (_link is not { } link)
        {
            return;
        }

        try
        {
            using var timeout = new CancellationTokenSource(LinkTimings.Call, _context.Time);
            await link.ApplyAsync(_context.Epoch, commandId, Setting.Default, exploring: false, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            RestoreFailed(_context.Logger, _poolId, Node.NodeId, failure.Message);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task TellAsync(IAgentLink link, GuardSignal signal)
    {
        using var timeout = new CancellationTokenSource(LinkTimings.Call, _context.Time);
        await Quiet(link.RenewAsync(_context.Epoch, signal, timeout.Token)).ConfigureAwait(false);
        Volatile.Write(ref _telling, 0);
    }

    private async Task ApplyAsync(IAgentLink link, ApplySetting command)
    {
        PoolEvent answer;
        try
        {
            using var timeout = new CancellationTokenSource(LinkTimings.Call, _context.Time);
            Setting readBack = await ApplyAsync(link, command, timeout.Token).ConfigureAwait(false);
            answer = new SettingApplied(Node.NodeId, command.CommandId, readBack);
        }
        catch (Exception failure)
        {
            _error = failure.Message;
            ApplyRefused(_context.Logger, _poolId, Node.NodeId, command.CommandId, failure.Message);
            answer = new ApplyFailed(Node.NodeId, command.CommandId, failure.Message);
        }

        Volatile.Write(ref _inFlight, null);
        _raise(answer);
    }

    /// <summary>The host first, since it may refuse; then the proxies. When they do not answer the whole command is repeated.</summary>
    private async Task<Setting> ApplyAsync(IAgentLink link, ApplySetting command, CancellationToken ct)
    {
        if (!_context.DelaysSends)
        {
            return await link.ApplyAsync(_context.Epoch, command.CommandId, command.Setting, command.Exploring, ct).ConfigureAwait(false);
        }

        Setting host = await link.ApplyAsync(
            _context.Epoch, command.CommandId, SendDelayKnob.HostPart(command.Setting), command.Exploring, ct).ConfigureAwait(false);
        var delay = new SendDelay(_poolId, Node.NodeId, _context.Epoch, SendDelayKnob.DelayUs(command.Setting));
        long delayUs = await _context.Routes.DelaySendsAsync(delay, ct).ConfigureAwait(false);
        Volatile.Write(ref _sendDelayUs, delayUs);
        return SendDelayKnob.Join(host, delayUs);
    }

    private async Task RunAsync(string address)
    {
        int failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            string reason;
            try
            {
                await using IAgentLink link = _context.Agents.Dial(address);
                AgentDescription description = await DescribeAsync(link).ConfigureAwait(false);
                failures = 0;
                _error = description.Bypass.Length == 0 ? null : description.Bypass;
                _link = link;
                _raise(new AgentConnected(Node.NodeId, description.HardwareClass, Space(description)));
                reason = await FollowAsync(link, description.Bypass).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                reason = failure.Message;
            }

            _link = null;
            StopDelaying();
            if (!_stop.IsCancellationRequested)
            {
                _error = reason;
                _raise(new AgentLost(Node.NodeId, reason));
                await WaitAsync(LinkTimings.Backoff(failures++)).ConfigureAwait(false);
            }
        }
    }

    private async Task<AgentDescription> DescribeAsync(IAgentLink link)
    {
        using var timeout = new CancellationTokenSource(LinkTimings.Call, _context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stop.Token);
        return await link.DescribeAsync(either.Token).ConfigureAwait(false);
    }

    /// <summary>Renews and reads until one of the two breaks; returns why.</summary>
    private async Task<string> FollowAsync(IAgentLink link, string bypass)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        Task renew = RenewAsync(link, both.Token);
        Task read = ReadAsync(link, bypass, both.Token);
        Task first = await Task.WhenAny(renew, read).ConfigureAwait(false);
        await both.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(Quiet(renew), Quiet(read)).ConfigureAwait(false);
        return first.Exception?.InnerException?.Message ?? "the agent closed the stream of readings";
    }

    private async Task RenewAsync(IAgentLink link, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(LinkTimings.Renewal, _context.Time);
        do
        {
            // A controller that may have lost the pool does not keep its nodes' probes alive.
            if (_context.Lease.Held)
            {
                using var timeout = new CancellationTokenSource(LinkTimings.Call, _context.Time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
                GuardSignal? guard = Interlocked.Exchange(ref _guard, null);
                await link.RenewAsync(_context.Epoch, guard, either.Token).ConfigureAwait(false);
            }
        }
        while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false));
    }

    /// <summary>The knobs that may be searched: none of a host whose packets bypass the kernel, and no send delay for it either.</summary>
    private KnobSpace Space(AgentDescription description) => description.Bypass.Length > 0 ? new KnobSpace([])
        : _context.DelaysSends ? SendDelayKnob.AddTo(description.Space) : description.Space;

    private async Task ReadAsync(IAgentLink link, string bypass, CancellationToken ct)
    {
        await foreach (NodeReading reading in link.WatchReadingsAsync(ct).ConfigureAwait(false))
        {
            if (reading.Bypass.Length == 0 != (bypass.Length == 0))
            {
                // The host's knobs became useless, or useful: it is described anew.
                throw new IOException(reading.Bypass.Length > 0 ? reading.Bypass : "knobs apply again: no bypass any more");
            }

            if (reading.AgentEvent is { } what)
            {
                AgentActed(_context.Logger, _poolId, Node.NodeId, what);
            }

            _raise(new ReadingArrived(Node.NodeId, _context.DelaysSends
                ? reading with { InForce = SendDelayKnob.Join(reading.InForce, Volatile.Read(ref _sendDelayUs)) }
                : reading));
        }
    }

    /// <summary>Nobody watches what a node does without its agent: its requests leave at once.</summary>
    private void StopDelaying()
    {
        Volatile.Write(ref _sendDelayUs, 0);
        _context.Routes.EndSendDelay(_poolId, Node.NodeId);
    }

    private async Task WaitAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, _context.Time, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the loop's condition ends it.
        }
    }

    private static async Task Quiet(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    [LoggerMessage(2010, LogLevel.Warning, "pool {Pool} node {Node}: command {Command} failed: {Error}")]
    private static partial void ApplyRefused(ILogger logger, string pool, string node, string command, string error);

    [LoggerMessage(2011, LogLevel.Warning, "pool {Pool} node {Node}: could not restore the originals: {Error}; the agent's lease will")]
    private static partial void RestoreFailed(ILogger logger, string pool, string node, string error);

    [LoggerMessage(2012, LogLevel.Warning, "pool {Pool} node {Node}: the agent changed its setting itself: {What}")]
    private static partial void AgentActed(ILogger logger, string pool, string node, string what);
}
