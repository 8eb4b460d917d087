namespace Fleet.Core.Tuning;

/// <summary>Where a node's tuner is: Observe → Propose → Apply → Settle → Measure → Decide → Hold (or Revert).</summary>
public enum TunerPhase
{
    /// <summary>Learns the load and the present setting's cost; changes nothing.</summary>
    Observe,

    /// <summary>Asks the search for the next setting.</summary>
    Propose,

    /// <summary>Waits for the agent's read-back.</summary>
    Apply,

    /// <summary>Lets the change take effect.</summary>
    Settle,

    /// <summary>Measures one window, slice by slice, ready to abort.</summary>
    Measure,

    /// <summary>Judges the window.</summary>
    Decide,

    /// <summary>Holds a proven setting and watches for triggers.</summary>
    Hold,

    /// <summary>Returns to a proven setting or the default.</summary>
    Revert,
}
