using Fleet.Core.Knobs;

namespace Fleet.NodeAgent.Safety;

/// <summary>One controller's command to put a setting in force.</summary>
/// <param name="Epoch">Fencing epoch of the sender.</param>
/// <param name="CommandId">The sender's id; the same id again answers as the first time. Empty: never repeated.</param>
/// <param name="Setting">What to apply; the default restores the originals.</param>
/// <param name="Exploring">A probe: left again when the lease runs out.</param>
/// <param name="Lease">Length of the lease; zero means the default.</param>
internal sealed record ApplyCommand(ulong Epoch, string CommandId, Setting Setting, bool Exploring, TimeSpan Lease)
{
    /// <summary>The sender, for the audit.</summary>
    internal string Who { get; init; } = "controller";

    /// <summary>Why the sender wants it, for the audit.</summary>
    internal string Why { get; init; } = "";
}

/// <summary>What a command did.</summary>
/// <param name="ReadBack">The setting as read back.</param>
/// <param name="Elapsed">Time that the change took on the host.</param>
internal sealed record ApplyOutcome(Setting ReadBack, TimeSpan Elapsed)
{
    /// <summary>Why nothing was changed although the command is legal (mode recommend); empty when it was done.</summary>
    internal string NotApplied { get; init; } = "";
}

/// <summary>What is in force.</summary>
/// <param name="Setting">The setting in force; the default when the host is at its originals.</param>
/// <param name="Exploring">Whether it is a probe.</param>
internal sealed record InForce(Setting Setting, bool Exploring);
