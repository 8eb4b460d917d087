namespace Fleet.NodeAgent.Knobs;

/// <summary>What writing a knob disturbs, the cheapest first.</summary>
internal enum KnobCost
{
    /// <summary>A hint or a request to the kernel: nothing stops.</summary>
    Hint,

    /// <summary>The clock of the processors: a transition of some microseconds.</summary>
    Clock,

    /// <summary>The kernel's side of a receive queue: the next poll sees it.</summary>
    Queue,

    /// <summary>The device itself, which some drivers re-initialise for it.</summary>
    Device,
}
