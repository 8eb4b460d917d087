using System.Globalization;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// Threaded NAPI per receive queue through the netdev netlink family. The third value of newer kernels (a thread that polls without rest)
/// burns a core and is not offered.
/// </summary>
internal sealed class NapiThreadedDriver(NapiQueues? queues, bool mayWrite) : IKnobDriver
{
    private const string NoFamily = "the kernel has no netdev netlink family (Linux 6.8 and newer have it)";
    private const string NoAttribute = "the kernel switches threads for the whole device only; "
        + "echo 1 > /sys/class/net/DEVICE/threaded does it by hand";

    /// <inheritdoc/>
    public string Name => "napi-threaded";

    /// <inheritdoc/>
    public KnobCost Cost => KnobCost.Queue;

    /// <inheritdoc/>
    public bool OfDevice => true;

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe()
    {
        try
        {
            long?[] now = [.. (queues?.ByQueue() ?? throw new KnobException(NoFamily)).Values.Select(n => (long?)n.Threaded).Distinct()];
            return now.Contains(null)
                ? [new(NapiKnobs.Threaded, KnobAvailability.Absent, NoAttribute, null)]
                : [new(
                    NapiKnobs.Threaded,
                    mayWrite ? KnobAvailability.Available : KnobAvailability.ReadOnly,
                    mayWrite ? "" : "the kernel takes it from CAP_NET_ADMIN in the initial user namespace only",
                    now.Length == 1 ? now[0] : null)];
        }
        catch (KnobException e)
        {
            return [new(NapiKnobs.Threaded, KnobAvailability.Absent, e.Message, null)];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Snapshot() => Queues().ByQueue().Where(q => q.Value.Threaded is not null)
        .ToDictionary(q => Place(q.Key), q => q.Value.Threaded!.Value.ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        string wanted = values[KnobNames.Threaded].ToString(CultureInfo.InvariantCulture);
        Restore(Queues().ByQueue().Keys.ToDictionary(Place, _ => wanted));
        if (Snapshot().FirstOrDefault(p => p.Value != wanted) is { Key: { } place, Value: { } found })
        {
            throw new KnobException($"{place}: wrote {wanted}, the kernel reads back {found}");
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> snapshot)
    {
        foreach ((int queue, NapiInstance napi) in Queues().ByQueue())
        {
            if (snapshot.TryGetValue(Place(queue), out string? text) && uint.TryParse(text, out uint threaded) && napi.Threaded != threaded)
            {
                Queues().SetThreaded(queue, napi.Id, threaded != 0);
            }
        }
    }

    /// <inheritdoc/>
    public string Identity() => Queues().Identity();

    private NapiQueues Queues() => queues ?? throw new KnobException(NoFamily);

    private static string Place(int queue) => string.Create(CultureInfo.InvariantCulture, $"rx{queue}.threaded");
}
