using System.Text;
using Fleet.Core.Routing;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.Core.Tests.Routing;

public class KetamaPolicyTests
{
    private const int Keys = 20_000;
    private static readonly byte[][] SampleKeys = [.. Enumerable.Range(0, Keys).Select(i => Encoding.UTF8.GetBytes($"key:{i}"))];

    [Theory]
    [InlineData("10.0.0.1:11211=100,10.0.0.2:11211=100,10.0.0.3:11211=100")]
    [InlineData("10.0.0.1:11211=1")]
    [InlineData("cache-a:11211=100,cache-b:11300=100")]
    [InlineData("10.0.0.1:11301=100,10.0.0.2:11302=50,10.0.0.3:11303=25,10.0.0.4:11211=7")]
    [InlineData("a:1=3,b:2=3,c:3=3,d:4=3,e:5=3,f:6=3,g:7=3,h:8=3,i:9=3,j:10=3,k:11=3,l:12=3,m:13=3")]
    public void Places_every_key_where_libmemcached_does(string spec)
    {
        RouteNode[] nodes = Parse(spec);
        using LibMemcached? judge = LibMemcached.Open(nodes);
        Assert.SkipWhen(judge is null, "libmemcached.so.11 is not installed (Debian: apt-get install libmemcached-tools)");

        RouteTable table = Build(nodes);
        for (int i = 0; i < 5_000; i++)
        {
            string key = $"user:{i}";
            table.Nodes[table.Find(Encoding.UTF8.GetBytes(key))].ShouldBe(nodes[judge.Find(key)], key);
        }
    }

    /// <summary>Positions computed with Python: hashlib.md5(b"10.0.0.1-0").digest()[0:4] and so on, little-endian.</summary>
    [Fact]
    public void Places_known_keys_as_an_independent_computation_does()
    {
        RouteTable table = Build(Parse("10.0.0.1:11211=100,10.0.0.2:11211=100,10.0.0.3:11212=100"));
        string owners = string.Concat(Enumerable.Range(0, 24).Select(i => table.Find(Encoding.UTF8.GetBytes($"key:{i}"))));
        owners.ShouldBe("112212221011121110010102");
        ((RingTable)table).PointCount.ShouldBe(480);
    }

    [Fact]
    public void A_removed_node_moves_only_its_own_keys_and_an_added_one_takes_only_its_own()
    {
        RouteNode[] four = Parse("n1:1=100,n2:2=100,n3:3=100,n4:4=100");
        RouteTable before = Build(four);
        RouteTable after = Build([.. four.Where(n => n.NodeId != "n2")]);
        foreach (byte[] key in SampleKeys)
        {
            string owner = before.Nodes[before.Find(key)].NodeId;
            if (owner != "n2")
            {
                after.Nodes[after.Find(key)].NodeId.ShouldBe(owner);
            }
        }
    }

    [Theory]
    [InlineData(RoutingPolicies.Ketama, 10)]
    [InlineData(RoutingPolicies.KetamaSteady, 0)]
    public void Shares_follow_the_weights_smoothly_and_a_step_of_weight_moves_few_keys(string policy, int lowest)
    {
        double previous = 1;
        RouteTable last = Build(Parse("n1:1=100,n2:2=100,n3:3=100"), policy);
        for (int weight = 100; weight >= lowest; weight -= 5)
        {
            RouteTable table = Build(Parse($"n1:1={weight},n2:2=100,n3:3=100"), policy);
            double share = table.Shares()[0];
            share.ShouldBe(weight / (200.0 + weight), 0.08);
            share.ShouldBeLessThanOrEqualTo(previous + 0.01);
            int moved = SampleKeys.Count(k => table.Find(k) != last.Find(k));
            ((double)moved / Keys).ShouldBeLessThan(0.06);
            (previous, last) = (share, table);
        }
    }

    [Fact]
    public void In_the_steady_policy_a_fading_node_gives_its_keys_away_and_the_others_keep_theirs()
    {
        RouteNode[] full = Parse("n1:1=100,n2:2=100,n3:3=100");
        RouteTable before = Build(full, RoutingPolicies.KetamaSteady);
        foreach (int weight in new[] { 70, 30, 1, 0 })
        {
            RouteTable after = Build([full[0] with { Weight = weight }, full[1], full[2]], RoutingPolicies.KetamaSteady);
            SampleKeys.Count(k => before.Find(k) != 0 && after.Find(k) != before.Find(k)).ShouldBe(0);
        }

        RouteTable gone = Build(full[1..], RoutingPolicies.KetamaSteady);
        SampleKeys.Count(k => before.Find(k) != 0 && gone.Find(k) != before.Find(k) - 1).ShouldBe(0);
    }

    [Fact]
    public void Sixteen_equal_nodes_are_balanced_within_what_160_points_give()
    {
        RouteTable table = Build([.. Enumerable.Range(0, 16).Select(i => new RouteNode($"n{i}", $"10.1.0.{i}:11211", 100))]);
        int[] counts = new int[16];
        foreach (byte[] key in SampleKeys)
        {
            counts[table.Find(key)]++;
        }

        (counts.Max() / (Keys / 16.0)).ShouldBeLessThan(1.35);
        (counts.Min() / (Keys / 16.0)).ShouldBeGreaterThan(0.7);
        table.Shares().Sum().ShouldBe(1, 1e-9);
    }

    [Fact]
    public void Order_of_configuration_does_not_matter()
    {
        Prop.ForAll(Gen.Shuffle(Parse("n1:1=10,n2:2=20,n3:3=30,n4:4=40")).ToArbitrary(), shuffled =>
        {
            RouteTable a = Build(Parse("n1:1=10,n2:2=20,n3:3=30,n4:4=40"));
            RouteTable b = Build(shuffled);
            SampleKeys.Take(500).All(k => a.Nodes[a.Find(k)] == b.Nodes[b.Find(k)]).ShouldBeTrue();
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Weight_0_owns_nothing_the_lightest_weight_owns_something_and_no_node_means_no_owner()
    {
        RouteTable table = Build(Parse("n1:1=0,n2:2=1,n3:3=1000000"));
        table.Shares()[0].ShouldBe(0);
        table.Shares()[1].ShouldBeGreaterThan(0);
        Build(Parse("n1:1=0")).Find("a"u8).ShouldBe(-1);
        Build([]).Find("a"u8).ShouldBe(-1);
    }

    private static RouteTable Build(IReadOnlyList<RouteNode> nodes, string name = RoutingPolicies.Ketama)
    {
        RoutingPolicies.TryGet(name, out IRoutingPolicy? policy).ShouldBeTrue();
        return policy.Build(nodes);
    }

    private static RouteNode[] Parse(string spec) =>
        [.. spec.Split(',').Select(s => s.Split('=')).Select(p => new RouteNode(p[0].Split(':')[0], p[0], int.Parse(p[1])))];
}
