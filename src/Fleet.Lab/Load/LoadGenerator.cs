using System.Net;
using System.Net.Sockets;
using Fleet.Hosting.Errors;

namespace Fleet.Lab.Load;

/// <summary>
/// Open-loop load on a memcached or a proxy: Poisson arrivals, ETC sizes, every value checked, latency from when a request was due.
/// One dedicated thread; cheap enough to share a core with what it does not measure.
/// </summary>
public sealed class LoadGenerator : IDisposable
{
    /// <summary>Name of the thread that offers the load.</summary>
    internal const string ThreadName = "fleet load";

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);
    private readonly TimeProvider _time;
    private readonly LoadLoop _loop;

    /// <summary>Lays out the load; nothing is sent before <see cref="RunAsync"/>.</summary>
    /// <param name="options">What to offer.</param>
    /// <param name="time">Clock of arrivals and latencies; it must run with the wall, since the kernel's timers do.</param>
    /// <exception cref="StartupException">Options are illegal or the host has no address; all problems together.</exception>
    public LoadGenerator(LoadOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        StartupException.ThrowIfAny(options.Problems());
        Options = options;
        _time = time;
        _loop = new LoadLoop(options, Resolve(options), time);
    }

    /// <summary>What is offered.</summary>
    public LoadOptions Options { get; }

    /// <summary>Changes the offered rate while the load runs.</summary>
    /// <param name="qps">Requests per second, range 1 to 1,000,000.</param>
    public void SetQps(double qps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(qps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(qps, 1_000_000);
        _loop.SetQps(qps);
    }

    /// <summary>Ends the present window, starts the next, and returns the ended one. A progress receiver cuts too.</summary>
    public Task<LoadWindow> CutAsync() => _loop.Tally.CutAsync();

    /// <summary>Runs the load to its end and returns the sum of all windows. Cancelling ends it early; answers are awaited.</summary>
    /// <param name="progress">Told every 500 ms; null when the caller cuts windows itself.</param>
    /// <param name="cancellation">Ends the load.</param>
    /// <exception cref="StartupException">The target does not answer, or refuses the preload.</exception>
    public async Task<LoadWindow> RunAsync(IProgress<LoadSnapshot>? progress, CancellationToken cancellation)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => RunThread(ended, cancellation)) { IsBackground = true, Name = ThreadName };
        thread.Start();
        if (progress is not null)
        {
            await ReportUntil(ended.Task, progress);
        }

        await ended.Task;
        return _loop.Tally.Total;
    }

    /// <inheritdoc/>
    public void Dispose() => _loop.Dispose();

    private void RunThread(TaskCompletionSource ended, CancellationToken cancellation)
    {
        try
        {
            if (Options.Core is { } core && !ThreadCore.TryPin(core))
            {
                throw new StartupException($"core {core} of the load does not exist; this machine has {Environment.ProcessorCount}");
            }

            _loop.Run(cancellation);
            ended.SetResult();
        }
        catch (Exception failure)
        {
            ended.SetException(failure);
        }
    }

    private async Task ReportUntil(Task ended, IProgress<LoadSnapshot> progress)
    {
        long start = 0, requests = 0, failed = 0;
        while (true)
        {
            await Task.WhenAny(ended, Task.Delay(ProgressInterval, _time, CancellationToken.None));
            if (ended.IsCompleted)
            {
                return;
            }

            LoadWindow last = new();
            if (_loop.IsOffering)
            {
                start = start == 0 ? _time.GetTimestamp() : start;
                last = await _loop.Tally.CutAsync();
            }

            requests += last.Succeeded + last.Failed;
            failed += last.Failed;
            TimeSpan elapsed = start == 0 ? TimeSpan.Zero : _time.GetElapsedTime(start);
            progress.Report(new LoadSnapshot(elapsed, _loop.PreloadRatio, last, requests, failed));
        }
    }

    private static IPEndPoint Resolve(LoadOptions options)
    {
        try
        {
            IPAddress address = Dns.GetHostAddresses(options.Host).OrderBy(a => a.AddressFamily != AddressFamily.InterNetwork).First();
            return new IPEndPoint(address, options.Port);
        }
        catch (Exception failure) when (failure is SocketException or InvalidOperationException)
        {
            throw new StartupException(
                $"--target host '{options.Host}' has no address: {failure.Message}; give HOST:PORT of a memcached or proxy");
        }
    }
}
