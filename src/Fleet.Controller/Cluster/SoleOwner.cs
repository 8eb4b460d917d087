using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Cluster;

/// <summary>Owns every pool of a store that has one controller.</summary>
/// <param name="directory">Where pools are activated.</param>
/// <param name="context">Store, clock and log.</param>
/// <param name="epoch">This controller's epoch, the same for every pool.</param>
internal sealed partial class SoleOwner(PoolDirectory directory, GrainHost context, ulong epoch) : IPoolOwnership
{
    /// <inheritdoc/>
    public Task<string> Fatal { get; } = new TaskCompletionSource<string>().Task;

    /// <inheritdoc/>
    public string? AddressOf(string poolId) => null;

    /// <summary>Activates every stored pool; returns one problem per pool whose documents cannot be used.</summary>
    public async Task<IReadOnlyList<string>> StartAsync(CancellationToken ct)
    {
        var problems = new List<string>();
        foreach (string id in await context.Store.ListAsync(DocumentKinds.Pools, ct).ConfigureAwait(false))
        {
            try
            {
                await CreatedAsync(id, ct).ConfigureAwait(false);
                Continued(context.Logger, id);
            }
            catch (DocumentException unusable)
            {
                problems.Add(unusable.Message);
            }
        }

        return problems;
    }

    /// <inheritdoc/>
    public Task CreatedAsync(string poolId, CancellationToken ct) =>
        directory.ActivateAsync(PoolLease.Permanent(poolId, epoch, context.Time), ct);

    /// <inheritdoc/>
    public Task DeletedAsync(PoolLease lease, CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [LoggerMessage(2004, LogLevel.Information, "pool {Pool}: goes on from its stored state")]
    private static partial void Continued(ILogger logger, string pool);
}
