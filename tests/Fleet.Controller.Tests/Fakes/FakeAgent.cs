using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Fleet.Controller.Grains;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;

namespace Fleet.Controller.Tests.Fakes;

/// <summary>An agent in memory that can be killed and brought back.</summary>
internal sealed class FakeAgent : IAgentPort
{
    private CancellationTokenSource _life = new();

    public ConcurrentQueue<(ulong Epoch, string CommandId, Setting Setting, bool Exploring)> Applied { get; } = new();

    public Exception? ApplyError { get; set; }

    public int Dials;

    public int Renewals;

    public bool Dead { get; private set; }

    public IAgentLink Dial(string address)
    {
        Interlocked.Increment(ref Dials);
        return new Link(this);
    }

    public void Kill()
    {
        Dead = true;
        _life.Cancel();
    }

    public void Revive() => (Dead, _life) = (false, new CancellationTokenSource());

    private sealed class Link(FakeAgent agent) : IAgentLink
    {
        public Task<AgentDescription> DescribeAsync(CancellationToken ct) => agent.Dead
            ? throw new IOException("connection refused")
            : Task.FromResult(new AgentDescription("class", new KnobSpace([new Knob("k_us", [1, 2], KnobScale.Log)])));

        public Task<Setting> ApplyAsync(ulong epoch, string commandId, Setting setting, bool exploring, CancellationToken ct)
        {
            agent.Applied.Enqueue((epoch, commandId, setting, exploring));
            return agent.ApplyError is { } error ? throw error : Task.FromResult(setting);
        }

        public Task RenewAsync(ulong epoch, CancellationToken ct)
        {
            Interlocked.Increment(ref agent.Renewals);
            return Task.CompletedTask;
        }

        public async IAsyncEnumerable<NodeReading> WatchReadingsAsync([EnumeratorCancellation] CancellationToken ct)
        {
            yield return new NodeReading(
                DateTimeOffset.UnixEpoch, TimeSpan.FromMilliseconds(250), 5, PowerSource.Model,
                default, default, 0, 0, Setting.Default, null);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, agent._life.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, either.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ct.ThrowIfCancellationRequested();
            throw new IOException("connection reset");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
