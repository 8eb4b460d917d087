using Fleet.Core.Knobs;
using Fleet.Core.Measurement;

namespace Fleet.Simulation.Servers;

/// <summary>A simulated server: what it does with a load under a setting. Stateless; chance comes from the caller.</summary>
public interface IServer
{
    /// <summary>Its knobs.</summary>
    KnobSpace Knobs { get; }

    /// <summary>Servers of one class behave alike and share what is learned of them.</summary>
    string HardwareClass { get; }

    /// <summary>How far two runs of the same setting at the same load differ.</summary>
    RunSpread Spread { get; }

    /// <summary>Mean power at a load, watts.</summary>
    double Watts(Setting setting, double qps);

    /// <summary>Share of the server's CPU time in use, 0 to 1.</summary>
    double Busy(Setting setting, double qps);

    /// <summary>The latency that <paramref name="percentile"/> % of requests keep, microseconds.</summary>
    double PercentileUs(Setting setting, double qps, double percentile);

    /// <summary>One request's latency, microseconds, from a generator.</summary>
    double DrawLatencyUs(Setting setting, double qps, Chance chance);

    /// <summary>Latencies of so many requests; every one of them times <paramref name="factor"/>.</summary>
    void Record(LatencyHistogram into, Setting setting, double qps, long requests, double factor, Chance chance);
}

/// <summary>Relative spread between runs of 20 s: standard deviations of ln(watts) and of ln(latency), 0 to 1.</summary>
/// <param name="Watts">Of the power.</param>
/// <param name="Latency">Of the latency.</param>
public readonly record struct RunSpread(double Watts, double Latency);
