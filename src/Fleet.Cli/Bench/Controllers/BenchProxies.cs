using System.Runtime.CompilerServices;
using Fleet.Controller.Grains;
using Fleet.Controller.Wire;

namespace Fleet.Cli.Bench.Controllers;

/// <summary>The simulated proxies in memory: each routes to every node of one pool.</summary>
/// <param name="fleet">The nodes.</param>
/// <param name="clock">Their beat.</param>
/// <param name="time">Stamps slices.</param>
internal sealed class BenchProxies(BenchFleet fleet, BenchClock clock, TimeProvider time) : IProxyPort
{
    /// <inheritdoc/>
    public IProxyLink Dial(string control) => new Link([.. fleet.Members(BenchPeers.PoolOf(control))], fleet, clock, time);

    private sealed class Link(int[] nodes, BenchFleet fleet, BenchClock clock, TimeProvider time) : IProxyLink
    {
        public Task HelloAsync(CancellationToken ct) => Task.CompletedTask;

        public Task ConfigurePoolAsync(RouteTable table, CancellationToken ct) => Task.CompletedTask;

        public Task<IReadOnlyList<SendDelay>> SetSendDelaysAsync(
            ulong epoch, string poolId, IReadOnlyList<SendDelay> delays, CancellationToken ct) => Task.FromResult(delays);

        public Task RemovePoolAsync(ulong epoch, string poolId, CancellationToken ct) => Task.CompletedTask;

        public async IAsyncEnumerable<IReadOnlyList<NodeSlice>> WatchTelemetryAsync([EnumeratorCancellation] CancellationToken ct)
        {
            for (int number = clock.Next(); ; number++)
            {
                await clock.UntilAsync(number, fleet.Phase(nodes[0]), ct).ConfigureAwait(false);
                DateTimeOffset now = time.GetUtcNow();
                yield return [.. nodes.Select(n => fleet.Slice(n, number).ToCore(now))];
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
