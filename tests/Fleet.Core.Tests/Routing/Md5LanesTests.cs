using Fleet.Core.Routing;

namespace Fleet.Core.Tests.Routing;

public class Md5LanesTests
{
    [Fact]
    public void Equals_the_digest_of_each_key_for_every_length_in_every_lane()
    {
        Assert.SkipUnless(Md5Lanes.IsFast, "the processor has no vectors of eight words");
        byte[] text = Bytes(400);
        for (int length = 0; length <= Md5Lanes.MaxKey; length++)
        {
            KeySpan[] keys = [.. Enumerable.Range(0, Md5Lanes.Count).Select(i => new KeySpan(i * 41, (length + (i * 7)) % (Md5Lanes.MaxKey + 1)))];
            uint[] hashes = new uint[Md5Lanes.Count];
            Md5Lanes.Hash(text, keys, hashes);
            hashes.ShouldBe(keys.Select(k => Md5.Hash(k.Of(text)).A), $"lengths {string.Join(' ', keys.Select(k => k.Length))}");
        }
    }

    [Theory]
    [InlineData("ketama")]
    [InlineData("rendezvous")]
    [InlineData("jump")]
    [InlineData("maglev")]
    public void Owners_of_many_keys_are_the_owners_of_each(string policy)
    {
        RoutingPolicies.TryGet(policy, out IRoutingPolicy? found).ShouldBeTrue();
        RouteTable table = found!.Build([.. Enumerable.Range(0, 5).Select(i => new RouteNode($"n{i}", $"10.0.0.{i}:11211", i))]);
        byte[] text = Bytes(4000);

        // Short ones, one of the longest among them, and a rest that fills no vector.
        KeySpan[] keys = [.. Enumerable.Range(0, 93).Select(i => new KeySpan(i * 40, i == 20 ? 250 : 1 + (i % 40)))];
        int[] owners = new int[keys.Length];
        table.Find(text, keys, owners);
        owners.ShouldBe(keys.Select(k => table.Find(k.Of(text))));
        owners.Distinct().Count().ShouldBe(4, "a node of weight 0 owns no key");
    }

    [Fact]
    public void A_table_without_nodes_owns_no_key()
    {
        int[] owners = new int[20];
        RouteTable.Empty.Find(Bytes(100), [.. Enumerable.Range(0, 20).Select(i => new KeySpan(i, 5))], owners);
        owners.ShouldAllBe(o => o == -1);
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)((i * 37) + (i >> 3)))];
}
