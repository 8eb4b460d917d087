namespace Fleet.Proxy.Pools;

/// <summary>A pool in force and the highest epoch that configured it.</summary>
internal sealed record PoolRecord(PoolDefinition Definition, ulong Epoch);
