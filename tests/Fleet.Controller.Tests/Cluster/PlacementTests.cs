using Fleet.Controller.Cluster;

namespace Fleet.Controller.Tests.Cluster;

public sealed class PlacementTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(3, 1)]
    [InlineData(3, 20)]
    [InlineData(7, 20)]
    [InlineData(5, 3)]
    public void From_any_start_every_pool_gets_an_owner_and_every_controller_its_share(int controllers, int pools)
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var world = new World(controllers, pools, new Random(seed));
            world.Settle();
            world.Counts.Values.Sum().ShouldBe(pools);
            (world.Counts.Values.Max() - world.Counts.Values.Min()).ShouldBeLessThanOrEqualTo(1);
            world.Moves = 0;
            world.Settle();
            world.Moves.ShouldBe(0, "what is balanced stays");
        }
    }

    [Fact]
    public void A_controller_that_joins_gets_its_share_with_as_few_moves_as_there_can_be()
    {
        var world = new World(2, 12, new Random(1));
        world.Settle();
        world.Moves = 0;
        world.Join("c9");
        world.Settle();
        world.Counts["c9"].ShouldBe(4);
        world.Moves.ShouldBe(4);
    }

    [Fact]
    public void A_controller_that_drains_gives_everything_and_takes_nothing()
    {
        var world = new World(3, 9, new Random(2));
        world.Settle();
        world.Drain("c1");
        world.Settle();
        world.Counts["c1"].ShouldBe(0);
        world.Counts.Values.Sum().ShouldBe(9);
    }

    [Fact]
    public void A_dead_controllers_pools_are_shared_by_the_others()
    {
        var world = new World(3, 9, new Random(3));
        world.Settle();
        world.Die("c2");
        world.Settle();
        world.Counts.Values.ShouldBe([4, 5], ignoreOrder: true);
    }

    /// <summary>Controllers that act one after the other in a random order, as on a database that serialises them.</summary>
    private sealed class World(int controllers, int pools, Random chance)
    {
        private readonly Dictionary<string, Member> _members = Enumerable.Range(0, controllers)
            .Select(i => new Member($"c{i}", "", false)).ToDictionary(m => m.Controller_Id);

        private readonly Dictionary<string, (string? Owner, int Since)> _seats = Enumerable.Range(0, pools).ToDictionary(
            i => $"p{i}", _ => (chance.Next(2) == 0 ? null : $"c{chance.Next(controllers)}", 0));

        private int _now;

        public int Moves { get; set; }

        public Dictionary<string, int> Counts => _members.Keys.ToDictionary(c => c, c => _seats.Values.Count(s => s.Owner == c));

        public void Join(string id) => _members.Add(id, new Member(id, "", false));

        public void Drain(string id) => _members[id] = new Member(id, "", true);

        public void Die(string id)
        {
            _members.Remove(id);
            foreach (string pool in _seats.Where(s => s.Value.Owner == id).Select(s => s.Key).ToArray())
            {
                _seats[pool] = (null, _now);
            }
        }

        public void Settle()
        {
            for (int round = 0; round < 200; round++, _now++)
            {
                foreach (string id in _members.Keys.OrderBy(_ => chance.Next()).ToArray())
                {
                    // Every controller decides from a picture; what it asks for may be gone by then.
                    Placement.Moves moves = Placement.Decide(id, Picture());
                    foreach (string pool in moves.Acquire.Where(p => _seats[p].Owner is null))
                    {
                        _seats[pool] = (id, _now);
                        Moves++;
                    }

                    foreach (string pool in moves.Release.Where(p => _seats[p].Owner == id))
                    {
                        _seats[pool] = (null, _now);
                    }
                }
            }
        }

        private ClusterBeat Picture() => new(
            [],
            [.. _members.Values],
            [.. _seats.Select(s => new PoolSeat(s.Key, 1, s.Value.Owner, s.Value.Owner is null
                ? TimeSpan.FromSeconds(_now - s.Value.Since) : TimeSpan.Zero))],
            "",
            1);
    }
}
