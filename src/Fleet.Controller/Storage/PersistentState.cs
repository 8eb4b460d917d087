namespace Fleet.Controller.Storage;

/// <summary>A grain's own document: read at activation, written when the grain says so, guarded by its etag.</summary>
/// <param name="store">Where the document lies.</param>
/// <param name="key">Which document.</param>
internal sealed class PersistentState<T>(IDocumentStore store, DocumentKey key)
    where T : class
{
    private string? _etag;

    /// <summary>The document as last read or written; null when there is none.</summary>
    public T? Value { get; private set; }

    /// <summary>Reads the document.</summary>
    public async Task ReadAsync(CancellationToken ct)
    {
        StoredDocument<T>? stored = await store.ReadAsync<T>(key, ct).ConfigureAwait(false);
        (Value, _etag) = (stored?.Value, stored?.Etag);
    }

    /// <summary>Writes the document; the value counts only when the write succeeded.</summary>
    public async Task WriteAsync(T value, CancellationToken ct)
    {
        _etag = await store.WriteAsync(key, value, _etag, ct).ConfigureAwait(false);
        Value = value;
    }

    /// <summary>Deletes the document.</summary>
    public async Task ClearAsync(CancellationToken ct)
    {
        await store.DeleteAsync(key, ct).ConfigureAwait(false);
        (Value, _etag) = (null, null);
    }
}
