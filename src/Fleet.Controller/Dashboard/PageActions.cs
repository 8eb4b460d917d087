using Fleet.Controller.Admin;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Dashboard;

/// <summary>What an operator may do on the page; each is one write of the pool's spec, as over the admin API.</summary>
internal sealed partial class PageActions(PoolDirectory pools, ILogger logger)
{
    /// <summary>Pauses a pool's tuning (its nodes return to their originals) or lets it go on.</summary>
    public async Task PauseAsync(string poolId, PauseRequest request, CancellationToken ct)
    {
        ControlMode mode = request.Paused ? ControlMode.Observe : ControlMode.Active;
        await ChangeAsync(poolId, d => d with { Mode = mode }, ct).ConfigureAwait(false);
        Acted(logger, poolId, request.Paused ? "tuning paused" : "tuning goes on");
    }

    /// <summary>Changes a pool's promise.</summary>
    public async Task PromiseAsync(string poolId, PromiseRequest request, CancellationToken ct)
    {
        SpecValidation.Require(
            (request.Percentile is >= 50 and <= 99.99, "percentile", request.Percentile, "50 to 99.99"),
            (request.LatencyUs is >= 10 and <= 60_000_000, "latencyUs", request.LatencyUs, "10 to 60000000 microseconds"));
        await ChangeAsync(poolId, d => d with { Percentile = request.Percentile, LatencyUs = request.LatencyUs }, ct).ConfigureAwait(false);
        Acted(logger, poolId, $"promise {request.Percentile} % within {request.LatencyUs} us");
    }

    /// <summary>Takes a node out by the choreography; the others are prepared first.</summary>
    public async Task DrainAsync(string poolId, string nodeId, CancellationToken ct)
    {
        await pools.Get(poolId).RemoveNodeAsync(nodeId, force: false, ct).ConfigureAwait(false);
        Acted(logger, poolId, $"node {nodeId} drains and leaves");
    }

    private async Task ChangeAsync(string poolId, Func<PoolDocument, PoolDocument> change, CancellationToken ct)
    {
        PoolRef pool = pools.Get(poolId);
        PoolDocument present = pool.Picture.Document;
        await pool.UpdateAsync(change(present), present.SpecVersion, ct).ConfigureAwait(false);
    }

    [LoggerMessage(2090, LogLevel.Information, "page: an operator acted on pool {Pool}: {What}")]
    private static partial void Acted(ILogger logger, string pool, string what);
}

/// <summary>Pauses or resumes.</summary>
internal sealed record PauseRequest(bool Paused);

/// <summary>A new promise.</summary>
internal sealed record PromiseRequest(double Percentile, double LatencyUs);
