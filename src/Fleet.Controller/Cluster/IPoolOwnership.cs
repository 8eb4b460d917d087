namespace Fleet.Controller.Cluster;

/// <summary>Decides which pools this controller owns.</summary>
internal interface IPoolOwnership : IAsyncDisposable
{
    /// <summary>Completes with the reason when this controller may not go on.</summary>
    Task<string> Fatal { get; }

    /// <summary>Admin address of the other controller that owns the pool; null when this one does, or nobody is known to.</summary>
    string? AddressOf(string poolId);

    /// <summary>A pool was created here: its owner is looked for at once. Returns when this controller owns it or leaves it to others.</summary>
    Task CreatedAsync(string poolId, CancellationToken ct);

    /// <summary>A pool's documents are gone: its lease may go too.</summary>
    Task DeletedAsync(PoolLease lease, CancellationToken ct);
}
