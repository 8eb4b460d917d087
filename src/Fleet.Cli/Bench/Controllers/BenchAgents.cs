using System.Globalization;
using System.Runtime.CompilerServices;
using Fleet.Controller.Grains;
using Fleet.Controller.Wire;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;

namespace Fleet.Cli.Bench.Controllers;

/// <summary>The simulated agents in memory.</summary>
/// <param name="fleet">Their nodes.</param>
/// <param name="clock">Their beat.</param>
/// <param name="time">Stamps readings.</param>
internal sealed class BenchAgents(BenchFleet fleet, BenchClock clock, TimeProvider time) : IAgentPort
{
    /// <summary>Address of a node's agent.</summary>
    public static string Address(int node) => string.Create(CultureInfo.InvariantCulture, $"unix:/bench/{node}");

    /// <inheritdoc/>
    public IAgentLink Dial(string address) =>
        new Link(int.Parse(address.AsSpan(address.LastIndexOf('/') + 1), CultureInfo.InvariantCulture), fleet, clock, time);

    private sealed class Link(int node, BenchFleet fleet, BenchClock clock, TimeProvider time) : IAgentLink
    {
        public Task<AgentDescription> DescribeAsync(CancellationToken ct) =>
            Task.FromResult(new AgentDescription(fleet.HardwareClass, fleet.Space));

        public Task<Setting> ApplyAsync(ulong epoch, string commandId, Setting setting, bool exploring, CancellationToken ct)
        {
            fleet.Apply(node, setting);
            return Task.FromResult(setting);
        }

        public Task RenewAsync(ulong epoch, GuardSignal? guard, CancellationToken ct) => Task.CompletedTask;

        public async IAsyncEnumerable<NodeReading> WatchReadingsAsync([EnumeratorCancellation] CancellationToken ct)
        {
            for (int number = clock.Next(); ; number++)
            {
                await clock.UntilAsync(number, (double)node / fleet.Nodes, ct).ConfigureAwait(false);
                yield return fleet.Reading(node, number).ToCore(time.GetUtcNow());
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
