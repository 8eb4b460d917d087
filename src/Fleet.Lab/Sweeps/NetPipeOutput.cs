using System.Globalization;

namespace Fleet.Lab.Sweeps;

/// <summary>What NetPIPE writes into its output file: bytes, Mbit/s (of 2^20 bits), seconds one way; one line per message size.</summary>
internal static class NetPipeOutput
{
    /// <summary>Series that NetPIPE plays for each size, of which it reports the fastest (TRIALS in netpipe.h of version 3.7).</summary>
    internal const int Series = 3;

    /// <summary>The round trip of the only line, microseconds; null when there is none.</summary>
    internal static double? RoundTripUs(string text)
    {
        string[] fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return fields.Length >= 3 && double.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double oneWay) && oneWay > 0
            ? 2e6 * oneWay
            : null;
    }
}
