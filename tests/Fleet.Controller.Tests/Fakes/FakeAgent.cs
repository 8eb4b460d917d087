using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Fleet.Controller.Grains;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;

namespace Fleet.Controller.Tests.Fakes;

/// <summary>An agent in memory that can be killed and brought back.</summary>
internal sealed class FakeAgent : IAgentPort
{
    private readonly SemaphoreSlim _say = new(0);
    private CancellationTokenSource _life = new();

    public ConcurrentQueue<(ulong Epoch, string CommandId, Setting Setting, bool Exploring)> Applied { get; } = new();

    public Exception? ApplyError { get; set; }

    /// <summary>What the agent's guard was told.</summary>
    public ConcurrentQueue<GuardSignal> Heard { get; } = new();

    /// <summary>Why knobs do not apply, as described.</summary>
    public string Bypass { get; set; } = "";

    /// <summary>The same, as readings say it.</summary>
    public string BypassNow { get; set; } = "";

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

    /// <summary>Sends one more reading.</summary>
    public void Say() => _say.Release();

    public void Revive() => (Dead, _life) = (false, new CancellationTokenSource());

    private NodeReading Reading() => new(
        DateTimeOffset.UnixEpoch, TimeSpan.FromMilliseconds(250), 5, PowerSource.Model, default, default, 0, 0, Setting.Default, null)
    {
        Bypass = BypassNow,
    };

    private sealed class Link(FakeAgent agent) : IAgentLink
    {
        public Task<AgentDescription> DescribeAsync(CancellationToken ct) => agent.Dead
            ? throw new IOException("connection refused")
            : Task.FromResult(new AgentDescription("class", new KnobSpace([new Knob("k_us", [1, 2], KnobScale.Log)]), agent.Bypass));

        public Task<Setting> ApplyAsync(ulong epoch, string commandId, Setting setting, bool exploring, CancellationToken ct)
        {
            agent.Applied.Enqueue((epoch, commandId, setting, exploring));
            return agent.ApplyError is { } error ? throw error : Task.FromResult(setting);
        }

        public Task RenewAsync(ulong epoch, GuardSignal? guard, CancellationToken ct)
        {
            if (guard is not null)
            {
                agent.Heard.Enqueue(guard);
            }

            Interlocked.Increment(ref agent.Renewals);
            return Task.CompletedTask;
        }

        public async IAsyncEnumerable<NodeReading> WatchReadingsAsync([EnumeratorCancellation] CancellationToken ct)
        {
            yield return agent.Reading();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, agent._life.Token);
            while (!either.IsCancellationRequested)
            {
                await agent._say.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!either.IsCancellationRequested)
                {
                    yield return agent.Reading();
                }
            }

            ct.ThrowIfCancellationRequested();
            throw new IOException("connection reset");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
