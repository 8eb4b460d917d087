using Fleet.Core.Knobs;
using Fleet.Core.Planning;
using Fleet.Core.Tuning;

namespace Fleet.Core.Control;

/// <summary>One node of a pool: what the operator declared, its place, its traffic and its tuner.</summary>
internal sealed class PoolNode(NodeSpec spec, TunerOptions options, bool keepsLatencies = true)
{
    /// <summary>The node's id.</summary>
    public string NodeId { get; } = spec.NodeId;

    /// <summary>The operator's declaration, as it is now.</summary>
    public NodeSpec Spec { get; set; } = spec;

    /// <summary>Its place in the pool.</summary>
    public Membership Membership { get; set; } = Membership.Joining;

    /// <summary>Its weight in the routes now.</summary>
    public int Weight { get; set; }

    /// <summary>Its recent traffic and readings.</summary>
    public NodeTraffic Traffic { get; } = new(options, keepsLatencies);

    /// <summary>Its tuner; null before its agent first answered.</summary>
    public Tuner? Tuner { get; set; }

    /// <summary>Whether its agent answers.</summary>
    public bool AgentConnected { get; set; }

    /// <summary>Why its agent does not answer.</summary>
    public string? AgentProblem { get; set; }

    /// <summary>Its hardware class; null before its agent first answered.</summary>
    public string? HardwareClass { get; set; }

    /// <summary>Its knobs; null before its agent first answered.</summary>
    public KnobSpace? Space { get; set; }

    /// <summary>The settled point to start from, from an earlier owner.</summary>
    public OperatingPoint? Saved { get; set; }

    /// <summary>The load that a membership change will give it; null when none is under way.</summary>
    public double? PreparedQps { get; set; }

    /// <summary>Whether the plan keeps it without load.</summary>
    public bool Parked { get; set; }

    /// <summary>The setting in which it waits without load; null while it has load or still drains.</summary>
    public Setting? ParkedSetting { get; set; }

    /// <summary>The setting with the lowest latency, while more load comes than the pool carries at any setting; else null.</summary>
    public Setting? OverloadSetting { get; set; }

    /// <summary>W*(load) of its class; null before it was first asked for.</summary>
    public Planning.LearnedEnvelope? Envelope { get; set; }

    /// <summary>Whether something happened to it since its tuner last looked.</summary>
    public bool Touched { get; set; } = true;

    /// <summary>When its tuner last looked.</summary>
    public DateTimeOffset SteppedAt { get; set; } = DateTimeOffset.MinValue;

    /// <summary>What its tuner was told last of readiness, parking and overload.</summary>
    public (double? PreparedQps, Setting? Parked, Setting? Overload) Told { get; set; }

    /// <summary>What it says of itself to its siblings.</summary>
    public Witness Witness { get; set; }

    /// <summary>Whether its server is dead for all that health checks and replies tell.</summary>
    public bool Failed { get; set; }

    /// <summary>What nodes that share their learning have in common; null before its agent first answered.</summary>
    public string? ClassKey { get; set; }

    /// <summary>Whether it must return to the kernel default because it leaves.</summary>
    public bool Restoring { get; set; }

    /// <summary>Whether it is ready for <see cref="PreparedQps"/>, or has nothing to get ready.</summary>
    public bool Prepared => Tuner is null || !AgentConnected || Tuner.Prepared;

    /// <summary>Whether it is at the kernel default, or nobody is there to say.</summary>
    public bool Restored => Tuner is null || !AgentConnected || Tuner.AtDefault;
}
