namespace Fleet.Core.Knobs;

/// <summary>How distances between a knob's values are judged by the model.</summary>
public enum KnobScale
{
    /// <summary>Equal steps are equal distances (a frequency).</summary>
    Linear,

    /// <summary>Equal ratios are equal distances (a delay); 0 is "off", a point of its own.</summary>
    Log,

    /// <summary>Values are names without order.</summary>
    Enum,
}
