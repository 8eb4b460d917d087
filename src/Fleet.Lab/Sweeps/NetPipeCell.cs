using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Fleet.Lab.Sweeps;

/// <summary>One cell of a NetPIPE sweep: a message size and a setting, means over its repeats.</summary>
/// <param name="MessageBytes">Size of a message, which goes there and comes back.</param>
/// <param name="Setting">One value per knob; empty is the kernel default.</param>
/// <param name="RoundTripUs">Mean round trip of NetPIPE's fastest series, microseconds.</param>
/// <param name="GoodputMbps">Message bits over the time one way, Mbit/s.</param>
/// <param name="Watts">Mean power of both ends while messages went.</param>
/// <param name="MillijoulesPerRoundTrip">Energy of both ends for one round trip.</param>
/// <param name="RoundTripUsSd">Standard deviation between repeats; null with one.</param>
/// <param name="MillijoulesSd">Standard deviation between repeats; null with one.</param>
/// <param name="Runs">Repeats.</param>
public sealed record NetPipeCell(
    int MessageBytes,
    ImmutableSortedDictionary<string, long> Setting,
    double RoundTripUs,
    double GoodputMbps,
    double Watts,
    double MillijoulesPerRoundTrip,
    double? RoundTripUsSd,
    double? MillijoulesSd,
    int Runs)
{
    /// <summary>Whether this is the kernel's own policy.</summary>
    [JsonIgnore]
    public bool IsDefault => Setting.IsEmpty;

    /// <summary>The setting for people.</summary>
    [JsonIgnore]
    public string SettingText => IsDefault ? "kernel default" : string.Join(' ', Setting.Select(v => $"{v.Key}={v.Value}"));

    /// <summary>The cell of one setting from its repeats.</summary>
    internal static NetPipeCell Of(
        int bytes, ImmutableSortedDictionary<string, long> setting, IReadOnlyList<(double RoundTripUs, double Watts)> runs)
    {
        double roundTrip = runs.Average(r => r.RoundTripUs);
        return new NetPipeCell(
            bytes,
            setting,
            roundTrip,
            bytes * 8 / (roundTrip / 2),
            runs.Average(r => r.Watts),
            runs.Average(Millijoules),
            SweepCell.Spread(runs.Select(r => r.RoundTripUs)),
            SweepCell.Spread(runs.Select(Millijoules)),
            runs.Count);

        static double Millijoules((double RoundTripUs, double Watts) run) => run.RoundTripUs * run.Watts / 1000;
    }

    /// <summary>
    /// The cells as a surface. NetPIPE is a closed loop without a load of its own, so the same work stands for one: the round trips a
    /// second that the kernel default manages at the message size are the load, and watts are the energy of a round trip times that rate.
    /// The least watts are thereby the least energy for the work, not the least speed.
    /// </summary>
    public static IReadOnlyList<SweepCell> Surface(IReadOnlyList<NetPipeCell> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var surface = new List<SweepCell>();
        foreach (IGrouping<int, NetPipeCell> size in cells.GroupBy(c => c.MessageBytes))
        {
            double rate = Math.Round(1e6 / size.Single(c => c.IsDefault).RoundTripUs, 2);
            while (surface.Exists(c => c.Qps == rate))
            {
                rate += 0.01;
            }

            surface.AddRange(size.Select(c => new SweepCell(
                rate, c.Setting, c.MillijoulesPerRoundTrip * rate / 1000, c.RoundTripUs, c.MillijoulesSd * rate / 1000, c.RoundTripUsSd, c.Runs)));
        }

        return surface;
    }
}
