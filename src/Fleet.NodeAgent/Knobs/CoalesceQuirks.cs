using System.Collections.Immutable;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// What drivers do with a receive delay beyond taking it. The table keeps a search away from values that re-initialise the device, mean
/// something else or have no effect; the driver's refusal and the read-back remain the last word for the rest.
/// </summary>
/// <param name="Drivers">Names as ETHTOOL_GDRVINFO gives them.</param>
/// <param name="LegalRxUsecs">Delays offered, µs.</param>
/// <param name="MostRxFrames">Most frames that the driver keeps; more are clamped without a word.</param>
/// <param name="Why">The driver's behaviour, for the description.</param>
internal sealed record CoalesceQuirks(string[] Drivers, ImmutableArray<long> LegalRxUsecs, long MostRxFrames, string Why)
{
    /// <summary>Delays where published sweeps on memcached put the optimum (BayOp, arXiv 2502.14987), without its 2 µs.</summary>
    private static readonly ImmutableArray<long> Grid = [10, 20, 30, 40, 50, 100, 150, 200, 250, 300, 350, 400];

    private static readonly CoalesceQuirks Others = new([], [2, .. Grid], 256, "");

    private static readonly CoalesceQuirks[] Table =
    [
        new(
            ["ixgbe", "ixgbevf"], Grid, 256,
            "ixgbe re-initialises the device when a static delay crosses 10 us, and 1 means adaptive: smaller delays are not offered"),
        new(
            ["igb", "igc", "e1000e"], Grid, 256,
            "1, 3 and 4 select the driver's own modes and 2 to 9 are refused: smaller delays are not offered"),
        new(["ena"], [2, 4, 8, 16, 32, 64], 256, "ENA has no further effect above 64 us"),
        new(["tun"], [], 64, "TAP clamps more than 64 frames without a word"),
        new(["veth"], [], 0, "a veth has no interrupt to coalesce; its receive queue obeys the napi knobs"),
    ];

    /// <summary>VIRTIO_NET_F_VQ_NOTF_COAL and VIRTIO_NET_F_NOTF_COAL in the device's feature string, one character a bit.</summary>
    private static readonly int[] VirtioCoalescing = [52, 53];

    private static readonly CoalesceQuirks VirtioWithout = new(
        ["virtio_net"], [], 0, "the hypervisor does not offer the feature (VIRTIO_NET_F_NOTF_COAL), and the driver refuses every value");

    /// <summary>The quirks of a driver.</summary>
    /// <param name="driver">The driver's name; null when unknown.</param>
    /// <param name="virtioFeatures">Feature string of a virtio device; null for others.</param>
    internal static CoalesceQuirks Of(string? driver, string? virtioFeatures = null) =>
        driver == "virtio_net" && virtioFeatures is not null && !VirtioCoalescing.Any(b => b < virtioFeatures.Length && virtioFeatures[b] == '1')
            ? VirtioWithout
            : Table.FirstOrDefault(q => q.Drivers.Contains(driver)) ?? Others;
}
