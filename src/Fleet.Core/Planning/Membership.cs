namespace Fleet.Core.Planning;

/// <summary>A node's place in its pool.</summary>
internal enum Membership
{
    /// <summary>Known, and not yet with its full weight.</summary>
    Joining,

    /// <summary>Carries its weight.</summary>
    Active,

    /// <summary>On its way out.</summary>
    Leaving,

    /// <summary>A member without load, because the operator drained it.</summary>
    Drained,
}

/// <summary>Stages of a membership change.</summary>
internal enum MembershipStage
{
    /// <summary>Waiting for the joining node's agent.</summary>
    Agent,

    /// <summary>Settings for the coming load are put in force and acknowledged.</summary>
    Prepare,

    /// <summary>Weight moves.</summary>
    Shift,

    /// <summary>Requests in flight finish.</summary>
    Drain,

    /// <summary>The leaver gets its kernel default back.</summary>
    Restore,
}
