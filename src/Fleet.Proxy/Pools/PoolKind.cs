using System.Text.Json.Serialization;

namespace Fleet.Proxy.Pools;

/// <summary>How a pool serves its clients.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PoolKind>))]
internal enum PoolKind
{
    /// <summary>memcached: every key has one owner by the routing policy.</summary>
    Sharded,

    /// <summary>memcached: every node has every key; writes go to all, a read goes to one by weight and load.</summary>
    Replicated,

    /// <summary>Any TCP protocol: every client connection goes to one server by weight and load.</summary>
    L4,

    /// <summary>HTTP, proxied by YARP: every request goes to one server by weight and load.</summary>
    Http,
}
