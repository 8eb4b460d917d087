using System.Globalization;

namespace Fleet.Lab.Load;

/// <summary>What load to offer, and to whom.</summary>
public sealed record LoadOptions
{
    /// <summary>Host of the memcached (or proxy) under load.</summary>
    public required string Host { get; init; }

    /// <summary>Port of the target, 1 to 65,535.</summary>
    public required int Port { get; init; }

    /// <summary>Offered requests per second; arrivals are a Poisson process. Default 10,000; range 1 to 1,000,000.</summary>
    public double Qps { get; init; } = 10_000;

    /// <summary>How long load is offered after the preload; null: until cancelled. Default 10 s.</summary>
    public TimeSpan? Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Client connections. More spread the load over more sockets and cost more wake-ups. Default 16; range 1 to 1,024.</summary>
    public int Connections { get; init; } = 16;

    /// <summary>Distinct keys, all stored before the load starts. Default 10,000; range 1 to 1,000,000.</summary>
    public int Keys { get; init; } = 10_000;

    /// <summary>Share of requests that store instead of read. Default 0.03 (ETC's 30:1, rounded); range 0 to 1.</summary>
    public double SetRatio { get; init; } = 0.03;

    /// <summary>How often each key is asked for. Default <see cref="KeyPopularity.Uniform"/>.</summary>
    public KeyPopularity Popularity { get; init; } = KeyPopularity.Uniform;

    /// <summary>Exponent s of <see cref="KeyPopularity.Zipf"/>. Default 0.99 (YCSB's); range 0.01 to 5.</summary>
    public double ZipfExponent { get; init; } = 0.99;

    /// <summary>Requests that may wait for an answer on one connection; a due request waits when all are full, and its latency
    /// counts from when it was due. Default 64; range 1 to 1,024.</summary>
    public int MaxOutstanding { get; init; } = 64;

    /// <summary>A request without an answer for longer fails and its connection is replaced. Default 1 s; range 10 ms to 60 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether to store all keys first. Default true.</summary>
    public bool Preload { get; init; } = true;

    /// <summary>Seed of arrivals, keys and operations; the same seed offers the same load. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Core that the load's thread runs on; null: any that its process may use. Default null; range 0 to 1,023.</summary>
    public int? Core { get; init; }

    /// <summary>Every illegal value with its legal range; empty when the options can be used.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        Check("target port", Port, 1, 65_535);
        Check("qps", Qps, 1, 1_000_000);
        Check("connections", Connections, 1, 1_024);
        Check("keys", Keys, 1, 1_000_000);
        Check("set-ratio", SetRatio, 0, 1);
        Check("zipf exponent", ZipfExponent, 0.01, 5);
        Check("max-outstanding", MaxOutstanding, 1, 1_024);
        Check("request time-out in ms", RequestTimeout.TotalMilliseconds, 10, 60_000);
        Check("core", Core ?? 0, 0, ThreadCore.Most);
        if (Duration is { } duration)
        {
            Check("duration in seconds", duration.TotalSeconds, 0.01, 7 * 24 * 3600);
        }

        if (string.IsNullOrWhiteSpace(Host))
        {
            problems.Add("target host is empty; give HOST:PORT");
        }

        return problems;

        void Check(string name, double value, double low, double high)
        {
            if (!(value >= low && value <= high))
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; legal is {low} to {high}"));
            }
        }
    }
}
