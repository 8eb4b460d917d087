using System.Text;
using Fleet.Core.Routing;
using Fleet.Proxy.Pools;

namespace Fleet.Proxy.Tests.Pools;

public class PoolsDocumentTests
{
    [Fact]
    public void Every_key_is_read()
    {
        var problems = new List<string>();
        PoolDefinition[] pools =
        [
            .. PoolsDocument.Parse(
                Encoding.UTF8.GetBytes("""
                {
                  // comments and trailing commas are welcome
                  "pools": [
                    {
                      "id": "cache", "listen": "127.0.0.1:11211", "policy": "maglev", "hashTag": "{}",
                      "servers": ["10.0.0.1:11211", {"id": "b", "address": "10.0.0.2:11211", "weight": 50}],
                      "prefixes": {"user:": "users"},
                      "failover": {"pool": "gutter", "maxTtlSeconds": 7},
                      "warmUp": {"windowSeconds": 60, "holdOffMs": 500},
                      "hotKeys": {"copies": 3, "sharePercent": 2.5, "maxTtlSeconds": 2},
                      "shadow": {"pool": "users", "percent": 1.5},
                      "coalesce": true,
                      "health": {"failures": 5, "ejectSeconds": 20, "maxEjectedPercent": 30, "slowStartSeconds": 9, "drainSeconds": 8},
                    },
                    {"id": "users", "kind": "replicated", "servers": ["10.0.0.3:11211"]},
                    {"id": "gutter", "servers": ["10.0.0.4:11211"], "failover": {}},
                    {"id": "db", "kind": "l4", "listen": "127.0.0.1:5432", "servers": ["10.0.0.5:5432"]},
                    {"id": "web", "kind": "http", "listen": "127.0.0.1:8080", "servers": ["10.0.0.6:8080"], "health": {"path": "/up"}},
                  ],
                }
                """),
                "test",
                problems),
        ];
        problems.ShouldBeEmpty();
        PoolDefinition cache = pools[0];
        cache.Nodes.ShouldBe([new RouteNode("10.0.0.1-11211", "10.0.0.1:11211", 100), new RouteNode("b", "10.0.0.2:11211", 50)]);
        (cache.Policy, cache.HashTag, cache.Coalesce, cache.Kind).ShouldBe(("maglev", "{}", true, PoolKind.Sharded));
        cache.Prefixes.ShouldBe([new PrefixRule("user:", "users")]);
        cache.Failover.ShouldBe(new FailoverRule("gutter", 7));
        cache.WarmUp.ShouldBe(new WarmUpRule(60, 500));
        cache.HotKeys.ShouldBe(new HotKeyRule(3, 2.5, 2));
        cache.Shadow.ShouldBe(new ShadowRule("users", 1.5));
        cache.Health.ShouldBe(new HealthRule
        {
            Failures = 5, EjectSeconds = 20, MaxEjectedPercent = 30, SlowStartSeconds = 9, DrainSeconds = 8,
        });
        pools[2].Failover.ShouldBe(new FailoverRule(null, FailoverRule.DefaultMaxTtlSeconds));
        pools.Select(p => p.Kind).ShouldBe([PoolKind.Sharded, PoolKind.Replicated, PoolKind.Sharded, PoolKind.L4, PoolKind.Http]);
        pools[4].Health.Path.ShouldBe("/up");
    }

    [Fact]
    public void All_problems_are_reported_together_each_with_its_place_and_what_is_legal()
    {
        List<string> problems = Problems("""
            {"pools": [
              {"id": "a b", "listen": "nowhere", "policy": "ketame", "hashTag": "{", "servers": ["x", {"adress": "h:1", "weight": -1}]},
              {"id": "c", "lisen": "127.0.0.1:1", "kind": "shard", "prefixes": {"u": "nobody", "v": 3}, "coalesce": "yes"},
              {"id": "d", "kind": "l4", "servers": [], "warmUp": {"windowSeconds": 0}, "failover": {"pool": "d"}},
              {"id": "D", "listen": "127.0.0.1:1", "servers": "none"},
              7
            ]}
            """);
        string all = string.Join('\n', problems);
        foreach (string expected in new[]
        {
            "pool id \"a b\"", "listen address \"nowhere\"", "did you mean ketama?", "hash tag \"{\"", "address of node \"x\"",
            "unknown key \"adress\"; did you mean address?", "weight is -1; legal is a whole number of 0 to 1000000",
            "unknown key \"lisen\"; did you mean listen?", "did you mean sharded?", "names the pool \"nobody\", which does not exist",
            "prefixes \"v\" is 3; legal is a text", "coalesce is \"yes\"; legal is true or false",
            "windowSeconds is 0; legal is a whole number of 1 to 86400", "warmUp of pool \"d\" has no meaning for the kind l4",
            "failover of pool \"d\" names the pool \"d\"", "pool \"d\" has no listen address", "pool id \"d\" occurs 2 times",
            "servers is \"none\"; legal is an array", "pool number 5 is 7; legal is an object",
        })
        {
            all.ShouldContain(expected);
        }

        problems.ShouldAllBe(p => p.StartsWith("test: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{", "malformed at line 1")]
    [InlineData("", "malformed")]
    [InlineData("{}", "there is no pool")]
    [InlineData("[]", "there is no pool")]
    [InlineData("{\"pool\": []}", "did you mean pools?")]
    [InlineData("3", "legal is an object")]
    public void A_document_of_another_form_is_named(string json, string expected) =>
        string.Join('\n', Problems(json)).ShouldContain(expected);

    private static List<string> Problems(string json)
    {
        var problems = new List<string>();
        PoolsDocument.Parse(Encoding.UTF8.GetBytes(json), "test", problems);
        return problems;
    }
}
