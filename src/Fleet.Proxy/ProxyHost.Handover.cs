using System.Net;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Fleet.Proxy.Handover;
using Fleet.Proxy.Pools;

namespace Fleet.Proxy;

/// <summary>
/// An upgrade in place: on SIGUSR2 the proxy starts its own command line again, gives the new process its pools, its listening sockets and,
/// when that serves, every memcached client between two requests and every tunnel; clients of HTTP pools are told to connect again with their
/// next reply. Then it ends. Until the new process serves nothing changes here, and when it does not
/// come to that, this process goes on.
/// </summary>
public sealed partial class ProxyHost
{
    private const PosixSignal UserSignal2 = (PosixSignal)12;
    private static readonly TimeSpan NodesPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);

    private bool _handedOver;

    private Predecessor? Before { get; }

    /// <summary>Hands everything over to a new process; true when that has become the proxy and this one has only to end.</summary>
    internal async Task<bool> HandOverAsync(CancellationToken cancel)
    {
        Successor? next = null;
        bool frozen = false;
        try
        {
            next = await Task.Run(Successor.Start, cancel).ConfigureAwait(false);
            await Task.Run(next.AwaitHello, cancel).ConfigureAwait(false);

            // From here on controllers wait: what they say next is for the new process.
            IReadOnlyList<PoolRecord> pools = await Pools.FreezeAsync(cancel).ConfigureAwait(false);
            frozen = true;
            await CloseControlAsync().ConfigureAwait(false);
            (string PoolId, IPEndPoint Bound, int Descriptor)[] listeners =
                [.. await Engine.ListenersAsync().ConfigureAwait(false), .. Http.Listeners];
            await Task.Run(() => next.Give(pools, listeners), cancel).ConfigureAwait(false);
            await Task.Run(next.AwaitServing, cancel).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or TimeoutException)
        {
            ProxyLog.HandoverFailed(_logger, failure.Message);
            await GoOnAsync(next, frozen).ConfigureAwait(false);
            return false;
        }

        using (next)
        {
            ProxyLog.HandingOver(_logger, Engine.Connections, next.Pid);
            _handedOver = true;
            _life?.HandedOver(next.Pid);
            await GiveClientsAsync(next).ConfigureAwait(false);
        }

        return true;
    }

    private async Task GiveClientsAsync(Successor next)
    {
        var leaving = Channel.CreateUnbounded<Handed>();
        Task giving = Task.Run(async () =>
        {
            await foreach (Handed connection in leaving.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                try
                {
                    next.Give(connection);
                }
                catch (IOException gone)
                {
                    ProxyLog.HandoverFailed(_logger, gone.Message);
                }
            }
        });
        Task webClients = Http.HandOverAsync();
        await Engine.HandOverAsync(client => leaving.Writer.TryWrite(client), _options.StopTimeout).ConfigureAwait(false);
        leaving.Writer.Complete();
        await giving.ConfigureAwait(false);
        await webClients.ConfigureAwait(false);
    }

    /// <summary>The new process did not come to serve: this one does as before.</summary>
    private async Task GoOnAsync(Successor? next, bool frozen)
    {
        next?.Dispose();
        next?.Reap();
        if (frozen)
        {
            Pools.Thaw();
            await OpenControlAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task CloseControlAsync()
    {
        _telemetry.EndStreams();
        if (_control is not null)
        {
            await _control.DisposeAsync().ConfigureAwait(false);
            _control = null;
        }
    }

    /// <summary>Takes the clients of the process before, once this one can answer them.</summary>
    private async Task TakeOverAsync()
    {
        if (Before is null)
        {
            return;
        }

        long start = _time.GetTimestamp();
        while ((await Engine.StatusAsync().ConfigureAwait(false)).Any(n => !n.Connected) && _time.GetElapsedTime(start) < NodesPatience)
        {
            await Task.Delay(LookInterval, _time).ConfigureAwait(false);
        }

        await Engine.OpenInheritedAsync().ConfigureAwait(false);
        Http.OpenInherited();
        ProxyLog.TookOver(_logger, Environment.ProcessId, Pools.Pools.Count);
        new Thread(() => Before.TakeClients(Engine.Adopt)) { Name = "fleet-take-over", IsBackground = true }.Start();
    }
}
