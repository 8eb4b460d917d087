using System.Text;
using Fleet.Core.Routing;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.Core.Tests.Routing;

/// <summary>What every policy promises: balance by weight, minimal movement, one order of stand-ins, independence of the order given.</summary>
public class RoutingPoliciesTests
{
    private const int Keys = 20_000;
    private static readonly byte[][] SampleKeys = [.. Enumerable.Range(0, Keys).Select(i => Encoding.UTF8.GetBytes($"key:{i}"))];

    public static TheoryData<string> Everyone => [.. RoutingPolicies.Names];

    [Fact]
    public void The_registry_knows_five_names() =>
        RoutingPolicies.Names.ShouldBe(["jump", "ketama", "ketama-steady", "maglev", "rendezvous"]);

    [Theory]
    [MemberData(nameof(Everyone))]
    public void Counts_agree_with_the_shares_and_the_shares_with_the_weights(string policy) => ForPools(nodes =>
    {
        RouteTable table = Build(policy, nodes);
        int[] counts = Count(table);
        double total = nodes.Sum(n => (double)n.Weight);
        System.Collections.Immutable.ImmutableArray<double> shares = table.Shares();
        shares.Sum().ShouldBe(1, 1e-6);
        for (int i = 0; i < counts.Length; i++)
        {
            double share = table.Nodes[i].Weight / total;
            double ring = policy.StartsWith("ketama", StringComparison.Ordinal) ? 0.12 : 0.005;
            shares[i].ShouldBe(share, ring, $"{table.Nodes[i]} of {total}");

            // Five standard deviations of a count of 20,000 independent draws.
            double deviation = Math.Sqrt(shares[i] * (1 - shares[i]) / Keys);
            ((double)counts[i] / Keys).ShouldBe(shares[i], (5 * deviation) + 0.001, $"{table.Nodes[i]}");
        }
    });

    [Theory]
    [InlineData(RoutingPolicies.KetamaSteady, 0)]
    [InlineData(RoutingPolicies.Rendezvous, 0)]
    [InlineData(RoutingPolicies.Jump, 0)]
    [InlineData(RoutingPolicies.Maglev, 0.03)]
    public void A_node_that_becomes_lighter_moves_only_its_own_keys(string policy, double needless) => ForPools(nodes =>
    {
        RouteNode heaviest = nodes.MaxBy(n => n.Weight)!;
        RouteNode light = nodes.First(n => n.NodeId != heaviest.NodeId);
        RouteTable before = Build(policy, nodes);
        foreach (int weight in new[] { light.Weight / 2, 0 })
        {
            RouteTable after = Build(policy, [.. nodes.Select(n => n == light ? n with { Weight = weight } : n)]);
            int moved = SampleKeys.Count(k => Owner(before, k) != light.NodeId && Owner(after, k) != Owner(before, k));
            ((double)moved / Keys).ShouldBeLessThanOrEqualTo(needless, $"{light} to {weight}");
            SampleKeys.Count(k => Owner(before, k) == light.NodeId && Owner(after, k) != light.NodeId).ShouldBeGreaterThan(0);
        }
    });

    [Theory]
    [InlineData(RoutingPolicies.Ketama, 0)]
    [InlineData(RoutingPolicies.KetamaSteady, 0)]
    [InlineData(RoutingPolicies.Rendezvous, 0)]
    [InlineData(RoutingPolicies.Jump, 0)]
    [InlineData(RoutingPolicies.Maglev, 0.03)]
    public void A_node_that_joins_at_the_end_takes_keys_and_moves_none_between_the_others(string policy, double needless)
    {
        for (int count = 2; count <= 12; count++)
        {
            RouteTable before = Build(policy, Equal(count));
            RouteTable after = Build(policy, Equal(count + 1));
            string joined = $"n{count:00}";
            int taken = SampleKeys.Count(k => Owner(after, k) == joined);
            int needlessly = SampleKeys.Count(k => Owner(after, k) != joined && Owner(after, k) != Owner(before, k));
            ((double)taken / Keys).ShouldBe(1.0 / (count + 1), 0.4 / (count + 1));
            ((double)needlessly / Keys).ShouldBeLessThanOrEqualTo(needless);
        }
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public void The_stand_in_is_the_owner_while_it_can_be_used_and_else_another_that_can(string policy) => ForPools(nodes =>
    {
        RouteTable table = Build(policy, nodes);
        bool[] usable = [.. table.Nodes.Select(_ => true)];
        int lost = Enumerable.Range(0, usable.Length).First(i => table.Nodes[i].Weight > 0);
        int[] heirs = new int[usable.Length];
        foreach (byte[] key in SampleKeys.Take(4_000))
        {
            usable[lost] = true;
            int owner = table.Find(key);
            table.Find(key, usable).ShouldBe(owner);
            usable[lost] = false;
            int heir = table.Find(key, usable);
            heir.ShouldNotBe(lost);
            table.Nodes[heir].Weight.ShouldBeGreaterThan(0);
            (owner == lost || heir == owner).ShouldBeTrue("only the lost node's keys move");
            heirs[heir] += owner == lost ? 1 : 0;
        }

        int others = table.Nodes.Count(n => n.Weight > 0) - 1;
        heirs.Count(h => h > 0).ShouldBeGreaterThanOrEqualTo(Math.Min(others, 2), "a lost node's keys spread");
        table.Find(SampleKeys[0], new bool[usable.Length]).ShouldBe(-1);
    });

    [Theory]
    [MemberData(nameof(Everyone))]
    public void Neither_order_nor_a_second_build_matters_and_weight_0_owns_nothing(string policy) => ForPools(nodes =>
    {
        RouteTable table = Build(policy, [.. nodes, new RouteNode("zero", "zero:1", 0)]);
        RouteTable reversed = Build(policy, [new RouteNode("zero", "zero:1", 0), .. nodes.AsEnumerable().Reverse()]);
        foreach (byte[] key in SampleKeys.Take(1_000))
        {
            Owner(table, key).ShouldBe(Owner(reversed, key));
            Owner(table, key).ShouldNotBe("zero");
        }
    });

    [Theory]
    [MemberData(nameof(Everyone))]
    public void No_node_no_owner_and_the_lightest_of_a_pool_still_takes_requests(string policy)
    {
        Build(policy, []).Find("a"u8).ShouldBe(-1);
        Build(policy, [new RouteNode("a", "a:1", 0)]).Find("a"u8).ShouldBe(-1);
        Build(policy, []).Shares().ShouldBeEmpty();
        RouteTable table = Build(policy, [new RouteNode("a", "a:1", 1), new RouteNode("b", "b:1", RouteNode.MaxWeight)]);
        table.Shares()[0].ShouldBeGreaterThan(0);
        table.Find("a"u8, [true, false]).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public void A_look_up_allocates_nothing(string policy)
    {
        RouteTable table = Build(policy, [new RouteNode("a", "a:1", 3), new RouteNode("b", "b:1", 5)]);
        bool[] usable = [true, false];
        int sum = table.Find(SampleKeys[0]) + table.Find(SampleKeys[0], usable);
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (byte[] key in SampleKeys)
        {
            sum += table.Find(key) + table.Find(key, usable);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        sum.ShouldBeGreaterThan(0);
    }

    /// <summary>Values of the published algorithm: MurmurHash64A with seed 0, and splitmix64's known first output.</summary>
    [Fact]
    public void Hashes_are_the_published_ones()
    {
        KeyHash.Of(""u8).ShouldBe(0UL);
        KeyHash.Mix(0, 0).ShouldBe(0xe220a8397b1dcdafUL);
    }

    private static void ForPools(Action<RouteNode[]> property)
    {
        Gen<RouteNode[]> pools = Gen.Choose(3, 12).SelectMany(count => Gen.Choose(10, 100).ArrayOf(count))
            .Select(weights => weights.Select((w, i) => new RouteNode($"n{i:00}", $"10.0.0.{i}:11211", w)).ToArray());
        Prop.ForAll(pools.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(12).WithReplay(7, 11));
    }

    private static RouteNode[] Equal(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new RouteNode($"n{i:00}", $"10.0.0.{i}:11211", 100))];

    private static int[] Count(RouteTable table)
    {
        int[] counts = new int[table.Nodes.Length];
        foreach (byte[] key in SampleKeys)
        {
            counts[table.Find(key)]++;
        }

        return counts;
    }

    private static string Owner(RouteTable table, byte[] key) => table.Nodes[table.Find(key)].NodeId;

    private static RouteTable Build(string name, IReadOnlyList<RouteNode> nodes)
    {
        RoutingPolicies.TryGet(name, out IRoutingPolicy? policy).ShouldBeTrue();
        return policy.Build(nodes);
    }
}
