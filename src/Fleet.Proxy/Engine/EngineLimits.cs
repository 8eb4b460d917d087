using System.Collections.Immutable;
using Fleet.Proxy.Auth;

namespace Fleet.Proxy.Engine;

/// <summary>Bounds of the data plane; ProxyOptions documents each.</summary>
internal sealed record EngineLimits
{
    public int MaxValueBytes { get; init; } = 1 << 20;

    /// <summary>Largest value that passes through the loop's buffers whole; larger ones are streamed over a connection of their own.</summary>
    public int WholeValueBytes { get; init; } = 1 << 20;

    /// <summary>Longest reply that passes whole: a value with its line.</summary>
    public int WholeReplyBytes => WholeValueBytes + 4096;

    /// <summary>Values may be larger than what passes whole.</summary>
    public bool Streams => MaxValueBytes > WholeValueBytes;

    /// <summary>Values that one loop streams at one time; each costs a connection to its node.</summary>
    public int MaxTransfers { get; init; } = 256;

    /// <summary>Bytes of a streamed value that wait for the side that is slower.</summary>
    public int TransferBytes { get; init; } = 256 * 1024;

    public int MaxConnections { get; init; } = 10_000;

    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(1);

    public int LoopPriority { get; init; }

    /// <summary>How long a loop looks for more work before it sleeps; 0: it sleeps at once.</summary>
    public TimeSpan BusyPoll { get; init; }

    /// <summary>The most that a busy loop spaces its turns by; 0: it never does.</summary>
    public TimeSpan TurnSpacing { get; init; }

    /// <summary>Who may use the proxy; null: everybody.</summary>
    public UserTable? Users { get; init; }

    /// <summary>Addresses told to auto-discovering clients, HOST|IP|PORT; empty: the one that the client is connected to.</summary>
    public ImmutableArray<string> Advertised { get; init; } = [];

    /// <summary>Requests of one client waiting for nodes before its further input waits.</summary>
    public int ClientInFlight { get; init; } = 1024;

    /// <summary>Reply bytes waiting for one client before its further input waits.</summary>
    public int ClientPauseBytes { get; init; } = 1 << 20;

    /// <summary>
    /// Reply bytes waiting for one client, and expected for its requests at nodes, before its further input waits: a long pipeline of
    /// large values is fetched no faster than it is read.
    /// </summary>
    public int ClientExpectedBytes { get; init; } = 4 << 20;

    /// <summary>Size that a client's replies are taken for until the first has come, bytes.</summary>
    public int ClientFirstReplyBytes { get; init; } = 128 << 10;

    /// <summary>Reply bytes waiting for all clients of a loop; beyond it the client with most of them is dropped.</summary>
    public long LoopReplyBytes { get; init; } = 512 << 20;

    /// <summary>Reply bytes waiting for one client before it is dropped: it asks for far more than it reads.</summary>
    public int ClientDropBytes { get; init; } = 64 << 20;

    /// <summary>Unsent bytes for one node and loop before further requests are refused.</summary>
    public int NodeQueueBytes { get; init; } = 32 << 20;

    /// <summary>Unanswered requests of one node and loop before further ones are refused.</summary>
    public int NodeQueueRequests { get; init; } = 1 << 18;
}
