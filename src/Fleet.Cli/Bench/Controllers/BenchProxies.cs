using System.Runtime.CompilerServices;
using Fleet.Controller.Grains;
using Fleet.Controller.Wire;

namespace Fleet.Cli.Bench.Controllers;

/// <summary>The simulated proxy in memory: it routes to every node of every pool.</summary>
/// <param name="fleet">The nodes.</param>
/// <param name="clock">Its beat.</param>
/// <param name="time">Stamps slices.</param>
internal sealed class BenchProxies(BenchFleet fleet, BenchClock clock, TimeProvider time) : IProxyPort
{
    /// <inheritdoc/>
    public IProxyLink Dial(string control) => new Link(fleet, clock, time);

    private sealed class Link(BenchFleet fleet, BenchClock clock, TimeProvider time) : IProxyLink
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
                await clock.UntilAsync(number, 0, ct).ConfigureAwait(false);
                DateTimeOffset now = time.GetUtcNow();
                yield return [.. Enumerable.Range(0, fleet.Nodes).Select(n => fleet.Slice(n, number).ToCore(now))];
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
