using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Lab;

/// <summary>
/// The route that keeps the lab's traffic on this machine: servers' own /30 routes are longer and win while their device exists; without
/// the device the packet is refused here instead of leaving through the default route.
/// </summary>
internal static class GuardRoute
{
    private const string Route = $"unreachable {LabNames.GuardedNetwork} metric {LabNames.GuardMetric}";

    internal static async Task AddAsync(CancellationToken ct)
    {
        if (!await ExistsAsync(ct))
        {
            await HostCommand.RunAsync($"ip route add {Route}", ct);
        }
    }

    internal static async Task RemoveAsync(CancellationToken ct)
    {
        if (await ExistsAsync(ct))
        {
            await HostCommand.RunAsync($"ip route del {Route}", ct);
        }
    }

    internal static async Task<bool> ExistsAsync(CancellationToken ct) =>
        (await HostCommand.RunAsync($"ip route show type {Route}", ct)).Trim().Length > 0;
}
