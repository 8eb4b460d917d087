using Fleet.Core.Knobs;
using Fleet.NodeAgent.Host;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Knobs;

/// <summary>Every driver of one host, with the sockets that they share. Made in the device's network namespace.</summary>
internal sealed class HostDrivers : IDisposable
{
    private readonly NetdevFamily? _netdev;
    private readonly ICoalesceChannel _coalesce;
    private readonly EthtoolControl _control;

    private HostDrivers(AgentOptions options, IHostFiles files, Func<int?> ifindex)
    {
        ProcessCapabilities capabilities = ProcessCapabilities.OfThisProcess();
        _netdev = NetdevFamily.Open();
        _control = EthtoolControl.Open();
        _coalesce = EthtoolFamily.Open() ?? (ICoalesceChannel)EthtoolControl.Open();
        DeviceDriver = _control.DriverOf(options.Device);
        Queues = _netdev is null ? null : new NapiQueues(_netdev, options.Device, ifindex);

        IKnobDriver? netlink = Queues is null ? null : new NapiNetlinkDriver(
            Queues, options.BusyPollControl is { } control ? new BusyPollControl(control) : null, capabilities.NetAdmin);

        // Before Linux 6.13 the family lists instances without their settings: those are the device's, in sysfs.
        bool settings = netlink is not null && netlink.Describe().All(k => k.Knob.Name != NapiKnobs.FlushName || k.CurrentValue is not null
            || k.Availability == KnobAvailability.Absent);
        All =
        [
            new MappedFilesDriver(files, "governor", KnobNames.Governor, KnobScale.Enum, new GovernorFiles(options.SysfsRoot)),
            new MappedFilesDriver(files, "epp", KnobNames.Preference, KnobScale.Linear, new PreferenceFiles(options.SysfsRoot)),
            new MappedFilesDriver(files, "turbo", KnobNames.Turbo, KnobScale.Enum, new TurboFiles(options.SysfsRoot)),
            new IdleStatesDriver(files, options.SysfsRoot),
            new DmaLatencyDriver(files, options.SysfsRoot, options.DevRoot),
            options.FrequencyByMsr
                ? new MsrFrequencyDriver(files, options.DevRoot, capabilities)
                : new CpuFrequencyDriver(files, options.SysfsRoot),
            settings ? netlink! : new NapiSysfsDriver(files, options.SysfsRoot, options.Device),
            new NapiThreadedDriver(Queues, capabilities.NetAdmin),
            new CoalesceDriver(
                _coalesce, options.Device, DeviceDriver, CoalesceQuirks.Of(DeviceDriver, VirtioFeatures(options)), capabilities.NetAdmin),
            new LeftAloneDriver(),
        ];
    }

    internal IReadOnlyList<IKnobDriver> All { get; }

    /// <summary>The device's NAPI instances; null without the netdev family.</summary>
    internal NapiQueues? Queues { get; }

    /// <summary>The network driver's name; null when it does not say.</summary>
    internal string? DeviceDriver { get; }

    internal static HostDrivers Create(AgentOptions options, IHostFiles files) => new(options, files, () => Ifindex(options));

    /// <inheritdoc/>
    public void Dispose()
    {
        _netdev?.Dispose();
        _coalesce.Dispose();
        _control.Dispose();
    }

    private static string? VirtioFeatures(AgentOptions options)
    {
        using var features = new HostFile(Path.Combine(options.SysfsRoot, "class/net", options.Device, "device/features"));
        return features.Text();
    }

    private static int? Ifindex(AgentOptions options)
    {
        // Opened anew each time: another device may have this name by now.
        using var file = new HostFile(Path.Combine(options.SysfsRoot, "class/net", options.Device, "ifindex"));
        return file.Number() is { } index and <= int.MaxValue ? (int)index : null;
    }
}
