using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Fleet.Proxy.Pools;

/// <summary>
/// Puts the pools of a file in force again on SIGHUP and when the file's content has changed and stayed so between two looks. A set that
/// is refused leaves everything as it was, and says so in the log and in a counter.
/// </summary>
internal sealed class PoolsReloader(PoolsFile file, PoolManager pools, ReloadCounts counts, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private byte[]? _tried;
    private byte[]? _seen;
    private ImmutableArray<string> _mine = [];

    /// <summary>Puts the file in force for the first time.</summary>
    /// <exception cref="PoolRefusedException">Every problem.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        byte[]? content = file.TryRead(out string problem);
        _tried = _seen = content;
        await ApplyAsync(content, problem, cancel).ConfigureAwait(false);
        ProxyLog.Reloaded(logger, file.Path, string.Join(", ", _mine));
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _asked.Writer.TryWrite(true);
        });
        Task watching = WatchAsync(cancel);
        await foreach (bool _ in _asked.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
        {
            await ReloadAsync(cancel).ConfigureAwait(false);
        }

        await watching.ConfigureAwait(false);
    }

    /// <summary>Reads the file and puts it in force; false when it is refused.</summary>
    public async Task<bool> ReloadAsync(CancellationToken cancel)
    {
        byte[]? content = file.TryRead(out string problem);
        _tried = content;
        try
        {
            await ApplyAsync(content, problem, cancel).ConfigureAwait(false);
            counts.Count(accepted: true);
            ProxyLog.Reloaded(logger, file.Path, string.Join(", ", _mine));
            return true;
        }
        catch (PoolRefusedException refused)
        {
            counts.Count(accepted: false);
            ProxyLog.ReloadRefused(logger, file.Path, refused.Message);
            return false;
        }
    }

    private async Task WatchAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            byte[]? content = file.TryRead(out _);
            bool stays = Same(content, _seen);
            _seen = content;
            if (stays && !Same(content, _tried))
            {
                _asked.Writer.TryWrite(true);
            }
        }
    }

    private async Task ApplyAsync(byte[]? content, string problem, CancellationToken cancel)
    {
        var problems = new List<string>();
        ImmutableArray<PoolDefinition> wanted = [];
        if (content is null)
        {
            problems.Add(problem);
        }
        else
        {
            wanted = file.Parse(content, problems);
        }

        if (problems.Count > 0)
        {
            throw new PoolRefusedException(stale: false, problems);
        }

        await pools.ReplaceAsync(wanted, _mine, cancel).ConfigureAwait(false);
        _mine = [.. wanted.Select(w => w.PoolId)];
    }

    private static bool Same(byte[]? a, byte[]? b) => a is null ? b is null : b is not null && a.AsSpan().SequenceEqual(b);
}
