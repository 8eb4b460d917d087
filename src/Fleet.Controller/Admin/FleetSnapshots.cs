using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Fleet.Controller.Grains;
using Fleet.Controller.Wire;
using Fleet.V1;
using Google.Protobuf;

namespace Fleet.Controller.Admin;

/// <summary>Pictures of the whole fleet for watchers.</summary>
/// <param name="pools">The pools.</param>
/// <param name="proxies">The proxies.</param>
/// <param name="time">Clock and timers.</param>
/// <param name="stopping">Cancelled when the controller stops: watchers end then.</param>
internal sealed class FleetSnapshots(PoolDirectory pools, ProxySet proxies, TimeProvider time, CancellationToken stopping)
{
    /// <summary>The fleet as it stands, or one pool of it.</summary>
    public FleetSnapshot Take(string poolId)
    {
        var snapshot = new FleetSnapshot { UnixMs = time.GetUtcNow().ToUnixTimeMilliseconds() };
        foreach (PoolPicture picture in pools.Pictures.Where(p => poolId.Length == 0 || p.Document.PoolId == poolId))
        {
            snapshot.Pools.Add(picture.ToProto());
            snapshot.Nodes.AddRange(picture.ToNodes());
        }

        snapshot.Proxies.AddRange(proxies.List().Select(p => p.ToProto()));
        snapshot.ResumeToken = TokenOf(snapshot);
        return snapshot;
    }

    /// <summary>
    /// A snapshot now, unless it is the one that the watcher has, then one per interval in which something changed, until cancelled or the
    /// controller stops.
    /// </summary>
    /// <param name="interval">Between two looks.</param>
    /// <param name="poolId">The pool to watch; empty: the whole fleet.</param>
    /// <param name="resumeToken">Token of the last snapshot that the watcher has; empty: none.</param>
    /// <param name="ct">Ends the watch.</param>
    public async IAsyncEnumerable<FleetSnapshot> WatchAsync(
        TimeSpan interval, string poolId, string resumeToken, [EnumeratorCancellation] CancellationToken ct)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct, stopping);
        using var timer = new PeriodicTimer(interval, time);
        string last = resumeToken;
        do
        {
            FleetSnapshot now = Take(poolId);
            if (last != now.ResumeToken)
            {
                last = now.ResumeToken;
                yield return now;
            }
        }
        while (await NextAsync(timer, end.Token).ConfigureAwait(false));
    }

    // The token is the content's hash: the same state has the same token, whoever is asked.
    private static string TokenOf(FleetSnapshot snapshot)
    {
        FleetSnapshot timeless = snapshot.Clone();
        timeless.UnixMs = 0;
        return Convert.ToBase64String(SHA256.HashData(timeless.ToByteArray()).AsSpan(0, 12));
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
