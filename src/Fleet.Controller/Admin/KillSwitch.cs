using Fleet.Controller.Grains;
using Fleet.Controller.Storage;

namespace Fleet.Controller.Admin;

/// <summary>Stops all tuning at once: every pool observes and every knob returns to its original. Routing goes on.</summary>
/// <param name="store">Keeps the switch, so that it outlives the controller and holds for pools that are created later.</param>
/// <param name="pools">The pools.</param>
/// <param name="time">Clock.</param>
internal sealed class KillSwitch(IDocumentStore store, PoolDirectory pools, TimeProvider time)
{
    private static readonly DocumentKey Key = new(DocumentKinds.Controller, "kill-switch");

    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>The switch as it stands.</summary>
    public async Task<KillSwitchDocument> ReadAsync(CancellationToken ct) =>
        (await store.ReadAsync<KillSwitchDocument>(Key, ct).ConfigureAwait(false))?.Value
            ?? new KillSwitchDocument(false, "", "", DateTimeOffset.UnixEpoch);

    /// <summary>Sets the switch for every pool.</summary>
    public async Task<KillSwitchDocument> SetAsync(bool on, string reason, string actor, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            var state = new PersistentState<KillSwitchDocument>(store, Key);
            await state.ReadAsync(ct).ConfigureAwait(false);
            await state.WriteAsync(new KillSwitchDocument(on, reason, actor, time.GetUtcNow()), ct).ConfigureAwait(false);
            await EnforceAsync(on, ct).ConfigureAwait(false);
            return state.Value!;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Brings every pool to the switch as stored: what a crash in the middle of <see cref="SetAsync"/> left undone.</summary>
    public async Task EnforceAsync(CancellationToken ct) =>
        await EnforceAsync((await ReadAsync(ct).ConfigureAwait(false)).On, ct).ConfigureAwait(false);

    private async Task EnforceAsync(bool on, CancellationToken ct)
    {
        foreach (PoolRef pool in pools.All.Where(p => p.Picture.Document.Halted != on))
        {
            await pool.SetHaltedAsync(on, ct).ConfigureAwait(false);
        }
    }
}
