using System.Runtime.CompilerServices;
using Fleet.Controller.Grains;
using Fleet.Controller.Wire;
using Fleet.V1;

namespace Fleet.Controller.Admin;

/// <summary>Pictures of the whole fleet for watchers.</summary>
/// <param name="pools">The pools.</param>
/// <param name="proxies">The proxies.</param>
/// <param name="time">Clock and timers.</param>
/// <param name="stopping">Cancelled when the controller stops: watchers end then.</param>
internal sealed class FleetSnapshots(PoolDirectory pools, ProxySet proxies, TimeProvider time, CancellationToken stopping)
{
    /// <summary>The fleet as it stands.</summary>
    public FleetSnapshot Take()
    {
        var snapshot = new FleetSnapshot { UnixMs = time.GetUtcNow().ToUnixTimeMilliseconds() };
        foreach (PoolPicture picture in pools.Pictures)
        {
            snapshot.Pools.Add(picture.ToProto());
            snapshot.Nodes.AddRange(picture.ToNodes());
        }

        snapshot.Proxies.AddRange(proxies.List().Select(p => p.ToProto()));
        return snapshot;
    }

    /// <summary>A snapshot now, then one per interval in which something changed, until cancelled or the controller stops.</summary>
    public async IAsyncEnumerable<FleetSnapshot> WatchAsync(TimeSpan interval, [EnumeratorCancellation] CancellationToken ct)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct, stopping);
        using var timer = new PeriodicTimer(interval, time);
        FleetSnapshot? last = null;
        do
        {
            FleetSnapshot now = Take();
            if (last is null || Changed(last, now))
            {
                last = now;
                yield return now;
            }
        }
        while (await NextAsync(timer, end.Token).ConfigureAwait(false));
    }

    private static bool Changed(FleetSnapshot before, FleetSnapshot now)
    {
        FleetSnapshot sameMoment = before.Clone();
        sameMoment.UnixMs = now.UnixMs;
        return !sameMoment.Equals(now);
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken ct)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
