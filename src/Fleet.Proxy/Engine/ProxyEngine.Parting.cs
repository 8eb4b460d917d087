using System.Net;
using System.Net.Sockets;
using Fleet.Proxy.Handover;
using Fleet.Proxy.Native;
using Fleet.Proxy.Tls;

namespace Fleet.Proxy.Engine;

/// <summary>The end of a data plane: drained, or handed over to the next process; and the beginning of one that takes over.</summary>
internal sealed partial class ProxyEngine
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);

    // A client that has been told the end and does not end its own side within this time is not reading; nothing of it is lost.
    private static readonly TimeSpan LongestLinger = TimeSpan.FromMilliseconds(500);

    private readonly List<(int Loop, int Descriptor, string PoolId)> _held = [];
    private Func<string, IPEndPoint, IReadOnlyList<int>> _inherit = (_, _) => [];
    private int _nextLoop;
    private bool _takesOver;

    /// <summary>Where inherited listening sockets come from; set before the first pool.</summary>
    public void InheritFrom(Predecessor predecessor) => (_inherit, _takesOver) = (predecessor.TakeListeners, true);

    /// <summary>Stops accepting, answers what has arrived, closes. What has not finished in time is cut off.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        StopFronts();
        await OnEveryLoopAsync((loop, _) =>
        {
            foreach (LoopPool pool in loop.Pools.Values)
            {
                // Connections that wait to be accepted have been told that they are connected.
                pool.Listeners.ForEach(l => l.OnEvents(Libc.EpollIn));
                CloseListener(loop, pool);
                foreach (ClientConnection client in pool.Clients)
                {
                    client.Drain();
                }
            }

            return true;
        }).ConfigureAwait(false);

        long started = _time.GetTimestamp();
        long told = 0;
        while (Connections > 0 && _time.GetElapsedTime(started) < patience)
        {
            await Task.Delay(LookInterval, _time).ConfigureAwait(false);
            int[] lingering = await OnEveryLoopAsync((loop, _) => loop.Pools.Values.Sum(p => p.Clients.Count(c => c.IsLingering)))
                .ConfigureAwait(false);
            told = lingering.Sum() < Connections ? 0 : told == 0 ? _time.GetTimestamp() : told;
            if (told != 0 && _time.GetElapsedTime(told) > LongestLinger)
            {
                return;
            }
        }
    }

    /// <summary>The listening sockets themselves, by pool; they stay this engine's.</summary>
    public async Task<IReadOnlyList<(string PoolId, IPEndPoint Bound, int Descriptor)>> ListenersAsync()
    {
        List<(string, IPEndPoint, int)>[] all = await OnEveryLoopAsync((loop, _) => loop.Pools.Values
            .SelectMany(p => p.Listeners.Select(l => (p.Published.PoolId, p.Published.Listen!, l.Fd))).ToList()).ConfigureAwait(false);
        return [.. all.SelectMany(l => l), .. _fronts.Select(f => (f.Key, f.Value.Bound, f.Value.Descriptor))];
    }

    /// <summary>Stops accepting on sockets that another process has too, and gives it every client between two requests and every tunnel.</summary>
    public async Task HandOverAsync(Action<Handed> take, TimeSpan patience)
    {
        foreach (TlsFront front in _fronts.Values)
        {
            front.LetGo();
        }

        await OnEveryLoopAsync((loop, _) =>
        {
            foreach (LoopPool pool in loop.Pools.Values)
            {
                pool.Listeners.ForEach(loop.LetGo);
                pool.Listeners.Clear();
                pool.Tunnels?.HandOver(take);
                foreach (ClientConnection client in pool.Clients)
                {
                    // What is encrypted cannot change hands: such a client is let go as at a stop, and connects again.
                    if (client.Address is null)
                    {
                        client.HandOver(take);
                    }
                    else
                    {
                        client.Drain();
                    }
                }
            }

            return true;
        }).ConfigureAwait(false);
        long started = _time.GetTimestamp();
        while (Connections > 0 && _time.GetElapsedTime(started) < patience)
        {
            await Task.Delay(LookInterval, _time).ConfigureAwait(false);
        }
    }

    /// <summary>Begins to accept on inherited sockets: everything that a request needs is in place.</summary>
    public async Task OpenInheritedAsync()
    {
        await OnEveryLoopAsync((loop, index) =>
        {
            foreach ((int _, int descriptor, string poolId) in _held.Where(h => h.Loop == index))
            {
                if (loop.Pools.TryGetValue(poolId, out LoopPool? pool))
                {
                    loop.Listen(descriptor, pool);
                }
                else
                {
                    _ = Libc.Close(descriptor);
                }
            }

            return true;
        }).ConfigureAwait(false);
        _held.Clear();
        foreach (TlsFront front in _fronts.Values)
        {
            front.Start();
        }
    }

    /// <summary>Goes on with a client or a tunnel of another process.</summary>
    public void Adopt(Handed state)
    {
        EventLoop loop = _loops[(uint)Interlocked.Increment(ref _nextLoop) % (uint)_loops.Length];
        loop.Post(() => loop.Adopt(state));
    }

    private async Task<PublishedPool> InheritAsync(string poolId, IReadOnlyList<int> inherited, AddressFamily family, bool tunnels)
    {
        IPEndPoint bound = SocketCalls.LocalEndPoint(inherited[0], family);
        for (int i = 0; i < Math.Max(inherited.Count, _loops.Length); i++)
        {
            // A loop more than the predecessor had gets a socket of its own beside the inherited ones.
            int descriptor = i < inherited.Count ? inherited[i] : SocketCalls.Listen(bound, reusePort: true);
            _held.Add((i % _loops.Length, descriptor, poolId));
        }

        return await AddAsync(new PublishedPool(poolId, bound, isTunnel: tunnels), []).ConfigureAwait(false);
    }
}
