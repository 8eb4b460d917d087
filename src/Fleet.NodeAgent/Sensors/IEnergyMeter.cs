using Fleet.Core.Measurement;

namespace Fleet.NodeAgent.Sensors;

/// <summary>One source of the node's energy.</summary>
internal interface IEnergyMeter
{
    /// <summary>Stable name of the sensor.</summary>
    string Name { get; }

    /// <summary>The source that readings carry.</summary>
    PowerSource Source { get; }

    /// <summary>How far a reading can be believed.</summary>
    ReadingQuality Quality { get; }

    /// <summary>Energy since the first sample, J; monotone.</summary>
    double Joules { get; }

    /// <summary>Why there is no reading; empty when the last sample worked.</summary>
    string Reason { get; }

    /// <summary>Takes a sample; false with <see cref="Reason"/> when nothing can be read.</summary>
    /// <param name="now">Monotonic time.</param>
    bool Sample(TimeSpan now);
}
