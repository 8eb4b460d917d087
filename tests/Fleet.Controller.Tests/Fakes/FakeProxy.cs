using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Fleet.Controller.Grains;

namespace Fleet.Controller.Tests.Fakes;

/// <summary>A proxy in memory that can be killed and brought back, forgetting everything.</summary>
internal sealed class FakeProxy : IProxyPort
{
    private CancellationTokenSource _life = new();

    public ConcurrentDictionary<string, RouteTable> Tables { get; } = new();

    public ConcurrentQueue<string> Removed { get; } = new();

    public ConcurrentDictionary<string, long> Delays { get; } = new();

    public ConcurrentQueue<SendDelay> DelayCalls { get; } = new();

    public string? Refusal { get; set; }

    public bool Dead { get; private set; }

    public IProxyLink Dial(string control) => new Link(this);

    public void Kill()
    {
        Dead = true;
        Tables.Clear();
        _life.Cancel();
    }

    public void Revive() => (Dead, _life) = (false, new CancellationTokenSource());

    private sealed class Link(FakeProxy proxy) : IProxyLink
    {
        public Task HelloAsync(CancellationToken ct) => proxy.Dead ? throw new IOException("connection refused") : Task.CompletedTask;

        public Task ConfigurePoolAsync(RouteTable table, CancellationToken ct)
        {
            if (proxy.Dead)
            {
                throw new IOException("connection reset");
            }

            if (proxy.Refusal is { } refusal)
            {
                throw new ProxyRefusedException(refusal);
            }

            proxy.Tables[table.PoolId] = table;
            return Task.CompletedTask;
        }

        public Task<IReadOnlyList<SendDelay>> SetSendDelaysAsync(
            ulong epoch, string poolId, IReadOnlyList<SendDelay> delays, CancellationToken ct)
        {
            if (proxy.Dead)
            {
                throw new IOException("connection reset");
            }

            foreach (SendDelay delay in delays)
            {
                proxy.Delays[delay.NodeId] = delay.DelayUs;
                proxy.DelayCalls.Enqueue(delay);
            }

            return Task.FromResult(delays);
        }

        public Task RemovePoolAsync(ulong epoch, string poolId, CancellationToken ct)
        {
            proxy.Removed.Enqueue(poolId);
            proxy.Tables.TryRemove(poolId, out _);
            return Task.CompletedTask;
        }

        public async IAsyncEnumerable<IReadOnlyList<NodeSlice>> WatchTelemetryAsync([EnumeratorCancellation] CancellationToken ct)
        {
            yield return [];
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, proxy._life.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, either.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ct.ThrowIfCancellationRequested();
            throw new IOException("connection reset");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
