using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Grains;

/// <summary>
/// A grain's single thread: work runs one item after the other, in the order of arrival. Bounded: when the grain cannot follow, events are
/// dropped (they are repeated or outdated by later ones), while callers that wait for an answer wait for room.
/// </summary>
internal sealed partial class Mailbox : IAsyncDisposable
{
    /// <summary>Items that may wait; at 20 nodes with 8 events per second each, that is half a minute of backlog.</summary>
    private const int Capacity = 4096;

    private readonly Channel<Func<Task>> _work = Channel.CreateBounded<Func<Task>>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly string _owner;
    private readonly ILogger _logger;
    private readonly Task _loop;
    private long _dropped;

    /// <summary>Starts the mailbox of the named grain.</summary>
    public Mailbox(string owner, ILogger logger)
    {
        (_owner, _logger) = (owner, logger);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Events dropped because the mailbox was full.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Queues work that may be lost; false when the mailbox is full or closed.</summary>
    public bool TryPost(Func<Task> work)
    {
        if (_work.Writer.TryWrite(work))
        {
            return true;
        }

        Interlocked.Increment(ref _dropped);
        return false;
    }

    /// <summary>Runs work on the grain's thread and waits for its result.</summary>
    /// <exception cref="ChannelClosedException">The grain was deactivated.</exception>
    public async Task<T> AskAsync<T>(Func<Task<T>> work, CancellationToken ct)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _work.Writer.WriteAsync(
            async () =>
            {
                try
                {
                    answer.SetResult(await work().ConfigureAwait(false));
                }
                catch (Exception failure)
                {
                    answer.SetException(failure);
                }
            },
            ct).ConfigureAwait(false);
        return await answer.Task.WaitAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Takes no new work, finishes what is queued and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        await foreach (Func<Task> work in _work.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                // One bad item must not end the grain: the next tick looks at the whole state again.
                Failed(_logger, failure, _owner);
            }
        }
    }

    [LoggerMessage(2001, LogLevel.Error, "{Owner}: an item of work failed; the grain goes on")]
    private static partial void Failed(ILogger logger, Exception failure, string owner);
}
