using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// Interrupt coalescing of the device. A static delay switches adaptive moderation off in the same call, because some drivers do so
/// silently and others ignore the delay while it is on; going back switches it on again.
/// </summary>
/// <param name="channel">Netlink, or the ioctl where the kernel has no netlink family for it.</param>
/// <param name="device">Device name.</param>
/// <param name="driver">The driver's name; null when it does not say.</param>
/// <param name="quirks">What the driver does beyond taking a value.</param>
/// <param name="mayWrite">Whether this process has CAP_NET_ADMIN.</param>
internal sealed class CoalesceDriver(ICoalesceChannel channel, string device, string? driver, CoalesceQuirks quirks, bool mayWrite)
    : IKnobDriver
{
    private static readonly (string Knob, CoalesceParameter Parameter)[] Knobs =
    [
        (KnobNames.RxUsecs, CoalesceParameter.RxUsecs),
        (KnobNames.RxFrames, CoalesceParameter.RxMaxFrames),
        (KnobNames.TxUsecs, CoalesceParameter.TxUsecs),
        (KnobNames.TxFrames, CoalesceParameter.TxMaxFrames),
        (KnobNames.AdaptiveRx, CoalesceParameter.AdaptiveRx),
        (KnobNames.AdaptiveTx, CoalesceParameter.AdaptiveTx),
    ];

    /// <inheritdoc/>
    public string Name => "coalesce";

    /// <inheritdoc/>
    public KnobCost Cost => KnobCost.Device;

    /// <inheritdoc/>
    public bool OfDevice => true;

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe()
    {
        try
        {
            IReadOnlyDictionary<CoalesceParameter, uint> now = channel.Get(device);
            return [.. Knobs.Select(k => now.TryGetValue(k.Parameter, out uint value)
                ? Found(k.Knob, k.Parameter, value)
                : KnobDescription.Absent(k.Knob, $"driver {driver ?? "of " + device} does not support it ({channel.Name}){Hint()}"))];
        }
        catch (NetlinkException e)
        {
            string reason = e.Error == NetlinkException.NotSupported
                ? $"driver {driver ?? "of " + device} has no interrupt coalescing ({channel.Name}){Hint()}"
                : $"{channel.Name}: {e.Message}";
            return [.. Knobs.Select(k => KnobDescription.Absent(k.Knob, reason))];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Snapshot() => Get().ToDictionary(
        p => Place(p.Key), p => p.Value.ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        IReadOnlyDictionary<CoalesceParameter, uint> now = Get();
        var wanted = Knobs.Where(k => values.ContainsKey(k.Knob)).ToDictionary(k => k.Parameter, k => (uint)values[k.Knob]);
        StaticMeansNotAdaptive(CoalesceParameter.RxUsecs, CoalesceParameter.AdaptiveRx);
        StaticMeansNotAdaptive(CoalesceParameter.TxUsecs, CoalesceParameter.AdaptiveTx);
        Write(now, wanted);

        void StaticMeansNotAdaptive(CoalesceParameter delay, CoalesceParameter adaptive)
        {
            if (wanted.ContainsKey(delay) && now.ContainsKey(adaptive))
            {
                wanted.TryAdd(adaptive, 0);
            }
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> snapshot)
    {
        IReadOnlyDictionary<CoalesceParameter, uint> now = Get();
        var wanted = new Dictionary<CoalesceParameter, uint>();
        foreach ((_, CoalesceParameter parameter) in Knobs)
        {
            if (now.ContainsKey(parameter)
                && uint.TryParse(snapshot.GetValueOrDefault(Place(parameter)), CultureInfo.InvariantCulture, out uint value))
            {
                wanted[parameter] = value;
            }
        }

        Write(now, wanted);
    }

    /// <inheritdoc/>
    public string Identity() => device;

    private static string Place(CoalesceParameter parameter) => parameter.ToString();

    private string Hint() => quirks.Why.Length == 0 ? "" : "; " + quirks.Why;

    private KnobDescription Found(string knob, CoalesceParameter parameter, uint value)
    {
        long[] legal = parameter switch
        {
            CoalesceParameter.RxUsecs or CoalesceParameter.TxUsecs => [.. quirks.LegalRxUsecs],
            CoalesceParameter.RxMaxFrames or CoalesceParameter.TxMaxFrames =>
                [.. new long[] { 1, 2, 4, 8, 16, 32, 64, 128, 256 }.Where(f => f <= quirks.MostRxFrames)],
            _ => quirks.MostRxFrames == 0 ? [] : [0, 1],
        };
        if (legal.Length == 0)
        {
            return KnobDescription.Absent(knob, $"driver {driver} reports it and does nothing with it{Hint()}");
        }

        KnobScale scale = parameter is CoalesceParameter.AdaptiveRx or CoalesceParameter.AdaptiveTx ? KnobScale.Enum : KnobScale.Log;
        return new KnobDescription(
            new Knob(knob, [.. legal], scale),
            mayWrite ? KnobAvailability.Available : KnobAvailability.ReadOnly,
            mayWrite ? "" : "the kernel takes it from CAP_NET_ADMIN only",
            value);
    }

    private IReadOnlyDictionary<CoalesceParameter, uint> Get()
    {
        try
        {
            return channel.Get(device);
        }
        catch (NetlinkException e)
        {
            throw new KnobException($"device {device}: coalescing cannot be read ({channel.Name}): {e.Message}", e);
        }
    }

    private void Write(IReadOnlyDictionary<CoalesceParameter, uint> now, Dictionary<CoalesceParameter, uint> wanted)
    {
        if (wanted.All(w => now.TryGetValue(w.Key, out uint value) && value == w.Value))
        {
            return;
        }

        try
        {
            channel.Set(device, wanted);
        }
        catch (NetlinkException e)
        {
            string fix = e.Error == NetlinkException.NotPermitted ? "; CAP_NET_ADMIN is needed" : "";
            throw new KnobException(
                $"device {device}: the driver refused {string.Join(", ", wanted.Select(w => $"{w.Key} {w.Value}"))} ({channel.Name}): "
                + $"{e.Message}{fix}", e);
        }

        IReadOnlyDictionary<CoalesceParameter, uint> found = Get();
        foreach ((CoalesceParameter parameter, uint value) in wanted)
        {
            // While the driver adapts, its delay is its own; the ioctl does not report zeroes.
            bool moving = parameter is CoalesceParameter.RxUsecs && wanted.GetValueOrDefault(CoalesceParameter.AdaptiveRx) == 1;
            uint readBack = found.GetValueOrDefault(parameter);
            if (readBack != value && !moving)
            {
                throw new KnobException($"device {device}: wrote {parameter} {value}, the driver reads back {readBack}{Hint()}");
            }
        }
    }
}
