using Fleet.Hosting.Errors;
using Fleet.NodeAgent.Host;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Sensors;
using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent;

/// <summary>One node's knobs, sensors and authority, built from options; no server and no timer yet.</summary>
internal sealed class AgentNode : IDisposable
{
    private readonly HostDrivers _drivers;
    private readonly BypassDetector _bypass;
    private readonly PacketCounter _packets;

    private AgentNode(AgentOptions options, IHostFiles files, TimeProvider time, ILogger logger)
    {
        Options = options;
        Pulse = new Pulse(time);
        _drivers = HostDrivers.Create(options, files);
        Action<string> step = CrashPoints.FromEnvironment();
        Sensors = new SensorHub(options, time, () => _drivers.Queues?.ThreadPids() ?? []);
        _bypass = new BypassDetector(options.ProcfsRoot, () => Sensors.ServerPids, time);
        Knobs = new KnobSet(_drivers.All, new KnobSelection(options.Knobs), step)
        {
            NotApplicable = _bypass.Reason,
            DeviceGone = () => !Directory.Exists(DeviceFolder(options)),
        };
        Permissions = new MissingPermissions(logger);
        var audit = new AuditLog(options.AuditPath, options.Name, time, what => AgentLog.OnItsOwn(logger, what));
        _packets = new PacketCounter(options.SysfsRoot, options.Device);
        Authority = new SettingAuthority(
            Knobs,
            new Journal(options.EffectiveJournalPath),
            new Lease(options.RelaxAfter, options.Seed != 0 ? options.Seed : StableHash(options.Name)),
            time,
            logger,
            new AuthorityRules
            {
                Mode = options.Mode,
                Pacer = new ChangePacer(options.ChangeInterval),
                Kill = new KillSwitch(options.KillSwitchPath),
                Bypass = _bypass,
                Audit = audit.Add,
                Packets = _packets.Received,
                Step = step,
            });
    }

    internal AgentOptions Options { get; }

    /// <summary>What beats for everything that happens again and again.</summary>
    internal Pulse Pulse { get; }

    internal KnobSet Knobs { get; }

    internal SensorHub Sensors { get; }

    internal SettingAuthority Authority { get; }

    internal MissingPermissions Permissions { get; }

    /// <summary>The network driver's name; null when it does not say.</summary>
    internal string? DeviceDriver => _drivers.DeviceDriver;

    /// <summary>Why the knobs do not apply to this node; null when they do.</summary>
    internal string? Bypass => _bypass.Reason();

    /// <summary>Builds the node in the calling thread's network namespace.</summary>
    /// <param name="options">What to tune and measure.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log.</param>
    /// <param name="files">The host's files; null: the real ones.</param>
    /// <param name="needsDevice">Whether a missing device is an error (a restore goes without).</param>
    /// <exception cref="StartupException">Options are illegal or the device does not exist.</exception>
    internal static AgentNode Create(
        AgentOptions options, TimeProvider time, ILogger logger, IHostFiles? files = null, bool needsDevice = true)
    {
        StartupException.ThrowIfAny(options.Validate());
        if (needsDevice && !Directory.Exists(DeviceFolder(options)))
        {
            IReadOnlyList<string> held = BypassDetector.CardsHeldByUserDrivers(options.SysfsRoot);
            throw new StartupException(
                $"device '{options.Device}' does not exist in this network namespace; ip -br link lists the devices"
                + (held.Count == 0 ? ""
                    : $"; drivers for user-space programs, where knobs do not apply, hold {string.Join(", ", held)}"));
        }

        return new AgentNode(options, files ?? new HostFiles(), time, logger);
    }

    /// <summary>Says each permission that is missing for a tuned knob or a sensor, once.</summary>
    internal void ReportPermissions()
    {
        foreach (KnobDescription knob in Knobs.Describe().Where(k => k is { Availability: KnobAvailability.ReadOnly, Tuned: true }))
        {
            Permissions.Report(knob.Knob.Name, knob.Reason);
        }

        foreach (SensorDescription sensor in Sensors.Describe().Where(s => s.LacksPermission))
        {
            Permissions.Report(sensor.Name, sensor.Reason);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Pulse.Dispose();
        Knobs.Dispose();
        Sensors.Dispose();
        _packets.Dispose();
        _drivers.Dispose();
    }

    private static string DeviceFolder(AgentOptions options) => Path.Combine(options.SysfsRoot, "class/net", options.Device);

    /// <summary>FNV-1a: the same name jitters the same way in every run.</summary>
    private static int StableHash(string text) => unchecked((int)text.Aggregate(2166136261u, (hash, c) => (hash ^ c) * 16777619u));
}
