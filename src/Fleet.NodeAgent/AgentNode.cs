using System.Globalization;
using Fleet.Hosting.Errors;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Netlink;
using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Sensors;
using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent;

/// <summary>One node's knobs, sensors and authority, built from options; no server and no timer yet.</summary>
internal sealed class AgentNode : IDisposable
{
    private readonly NetdevFamily? _family;

    private AgentNode(AgentOptions options, NetdevFamily? family, TimeProvider time, ILogger logger)
    {
        Options = options;
        _family = family;
        var netlink = family is null ? null : new NapiNetlinkDriver(
            family, options.Device, Ifindex, options.BusyPollControl is { } control ? new BusyPollControl(control) : null);
        bool settings = netlink is not null && netlink.Describe().All(k => k.Knob.Name != NapiKnobs.FlushName || k.CurrentValue is not null
            || k.Availability == KnobAvailability.Absent);
        Knobs = new KnobSet([settings ? netlink! : new NapiSysfsDriver(options.SysfsRoot, options.Device)]);
        Sensors = new SensorHub(options, time, () => netlink?.ThreadPids() ?? []);
        var lease = new Lease(options.RelaxAfter, options.Seed != 0 ? options.Seed : StableHash(options.Name));
        Authority = new SettingAuthority(Knobs, new Journal(options.EffectiveJournalPath), lease, time, logger);
    }

    internal AgentOptions Options { get; }

    internal KnobSet Knobs { get; }

    internal SensorHub Sensors { get; }

    internal SettingAuthority Authority { get; }

    /// <summary>Builds the node in the calling thread's network namespace.</summary>
    /// <exception cref="StartupException">Options are illegal or the device does not exist.</exception>
    internal static AgentNode Create(AgentOptions options, TimeProvider time, ILogger logger)
    {
        StartupException.ThrowIfAny(options.Validate());
        if (!Directory.Exists(DeviceFolder(options)))
        {
            throw new StartupException(
                $"device '{options.Device}' does not exist in this network namespace; ip -br link lists the devices");
        }

        return new AgentNode(options, NetdevFamily.Open(), time, logger);
    }

    /// <inheritdoc/>
    public void Dispose() => _family?.Dispose();

    private static string DeviceFolder(AgentOptions options) => Path.Combine(options.SysfsRoot, "class/net", options.Device);

    private int? Ifindex()
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(DeviceFolder(Options), "ifindex"));
            return int.Parse(text.AsSpan().Trim(), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            return null;
        }
    }

    /// <summary>FNV-1a: the same name jitters the same way in every run.</summary>
    private static int StableHash(string text) => unchecked((int)text.Aggregate(2166136261u, (hash, c) => (hash ^ c) * 16777619u));
}
