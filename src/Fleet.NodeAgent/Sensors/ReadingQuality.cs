namespace Fleet.NodeAgent.Sensors;

/// <summary>How far a reading can be believed.</summary>
internal enum ReadingQuality
{
    /// <summary>A counter of the hardware or of the kernel.</summary>
    Measured,

    /// <summary>Summed up from samples of a power: what happens between two samples is guessed.</summary>
    Sampled,

    /// <summary>1 W steps and seconds of delay: for calibration and totals, not for a probe.</summary>
    Calibration,

    /// <summary>Estimated from something else.</summary>
    Model,
}
