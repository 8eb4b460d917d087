using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Simulation.Pools;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Tests.Pools;

/// <summary>Each invariant fires when something between the control and its world breaks the rule, and tells how to see it again.</summary>
public class InvariantTests
{
    private static readonly Setting Long = new([new(ServerModel.FlushKnob, 600), new(ServerModel.SuspendKnob, 0)]);

    [Fact]
    public void MoreExplorersThanTheBudgetAllows() => Broken("budget", Each(c => c is SetRoutes { Nodes: var nodes }
        ? [c, .. nodes.Select(n => new ApplySetting(n.NodeId, $"mutant-{n.NodeId}", Setting.Default, Exploring: true))]
        : c is ApplySetting ? [] : [c]), seconds: 70);

    [Fact]
    public void AnIllegalSetting() => Broken("legality", Each(c => c is ApplySetting apply
        ? [apply with { Setting = new Setting([new(ServerModel.FlushKnob, 7), new(ServerModel.SuspendKnob, 0)]) }]
        : [c]));

    [Fact]
    public void ACommandIdThatWasUsedBefore() => Broken("identity", Each(c => c is ApplySetting apply ? [apply with { CommandId = "same" }] : [c]));

    [Fact]
    public void ASettingInAModeThatAppliesNothing() => Broken(
        "mode", Each(c => c is ApplySetting apply ? [apply with { Setting = Long }] : [c]), mode: ControlMode.Observe);

    [Fact]
    public void RoutesThatGoBack() => Broken(
        "order",
        (pool, commands) => pool.Now > new DateTimeOffset(2026, 1, 1, 0, 0, 5, TimeSpan.Zero)
            ? [.. commands, new SetRoutes(0, [])]
            : commands);

    [Fact]
    public void LoadOnASettingThatIsNotProvenForIt() => Broken(
        "proof",
        (pool, commands) =>
        {
            if (pool.Now < new DateTimeOffset(2026, 1, 1, 0, 0, 4, TimeSpan.Zero))
            {
                return commands;
            }

            // Every node is put in the longest delay behind the control's back, and one after the other gets nearly all the load.
            int heavy = (int)(pool.Now.Ticks / TimeSpan.TicksPerSecond) % pool.Nodes.Count;
            return
            [
                .. pool.Nodes.Keys.Select(id => new ApplySetting(id, $"mutant-{id}-{pool.Now.Ticks}", Long, false)),
                new SetRoutes(1_000 + pool.Now.Ticks, [.. pool.Nodes.Keys.Select((id, i) => new NodeWeight(id, id, i == heavy ? 10_000 : 1))]),
            ];
        });

    [Fact]
    public void LoadThatNobodyServes() => Broken(
        "service", Each(c => c is SetRoutes routes ? [routes with { Nodes = [.. routes.Nodes.Select(n => n with { Weight = 0 })] }] : [c]));

    [Fact]
    public void ANodeThatLeavesWithAKnobTurned() => Broken(
        "orphan",
        Each(c => c is ApplySetting { NodeId: "node2" } apply ? [apply with { Setting = Long, Exploring = false }] : [c]),
        seconds: 60,
        during: pool => pool.RemoveNode("node2"));

    [Fact]
    public void ABreakingSettingThatIsKept() => Broken(
        "promise", Each(c => c is ApplySetting apply ? [apply with { Setting = Long, Exploring = false }] : [c]), slaUs: 150);

    private static Func<SimulatedPool, IReadOnlyList<PoolCommand>, IReadOnlyList<PoolCommand>> Each(
        Func<PoolCommand, IEnumerable<PoolCommand>> change) => (_, commands) => [.. commands.SelectMany(change)];

    private static void Broken(
        string rule,
        Func<SimulatedPool, IReadOnlyList<PoolCommand>, IReadOnlyList<PoolCommand>> meddler,
        double seconds = 30,
        ControlMode mode = ControlMode.Active,
        double slaUs = 500,
        Action<SimulatedPool>? during = null)
    {
        SimulatedPoolOptions options = Story.Options(4) with
        {
            Mode = mode, Sla = new Sla(99, slaUs), Replay = "fleet bench faults --seed 4 --runs 1", Nodes = 4,
        };
        options = options with { Control = options.Control with { Planning = options.Control.Planning with { MaxExploringShare = 0.3 } } };
        Should.NotThrow(() => Run(new SimulatedPool(options)), "the rule holds while nobody meddles");
        InvariantBrokenException broken = Should.Throw<InvariantBrokenException>(
            () => Run(new SimulatedPool(options with { Meddler = meddler })));
        broken.Message.ShouldStartWith($"{rule}: ");
        broken.Message.ShouldEndWith("replay: fleet bench faults --seed 4 --runs 1");

        void Run(SimulatedPool pool)
        {
            pool.For(seconds / 2);
            during?.Invoke(pool);
            pool.For(seconds / 2);
        }
    }
}
