namespace Fleet.Controller.Storage;

/// <summary>Keeps one document per entity, with an etag that changes at every write: the memory of the grains.</summary>
internal interface IDocumentStore
{
    /// <summary>The document, or null when there is none.</summary>
    /// <exception cref="DocumentException">The document is damaged or of a newer schema.</exception>
    Task<StoredDocument<T>?> ReadAsync<T>(DocumentKey key, CancellationToken ct)
        where T : class;

    /// <summary>Writes the document whole and durably; returns its new etag.</summary>
    /// <param name="key">Which document.</param>
    /// <param name="value">The whole document.</param>
    /// <param name="expectedEtag">The etag that the caller read; null when the document must not exist yet.</param>
    /// <param name="ct">Gives up before the write begins.</param>
    /// <exception cref="EtagMismatchException">Somebody else wrote since.</exception>
    /// <exception cref="FencedException">This view of the store belongs to a lease that moved.</exception>
    Task<string> WriteAsync<T>(DocumentKey key, T value, string? expectedEtag, CancellationToken ct)
        where T : class;

    /// <summary>Deletes the document; does nothing when there is none.</summary>
    /// <exception cref="FencedException">This view of the store belongs to a lease that moved.</exception>
    Task DeleteAsync(DocumentKey key, CancellationToken ct);

    /// <summary>Ids of all documents of a kind, in ordinal order.</summary>
    Task<IReadOnlyList<string>> ListAsync(string kind, CancellationToken ct);

    /// <summary>A view of the store whose writes carry the epoch of a pool's lease; refused once the lease moved.</summary>
    /// <remarks>A store with one controller has nothing to refuse: its lock keeps the second one out.</remarks>
    IDocumentStore Fenced(string poolId, ulong epoch) => this;
}

/// <summary>Names one document.</summary>
/// <param name="Kind">Folder of its kind, for example "pools".</param>
/// <param name="Id">1 to 63 of a-z, 0-9 and '-', starting with a letter.</param>
internal readonly record struct DocumentKey(string Kind, string Id)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind}/{Id}";
}

/// <summary>A document as read.</summary>
/// <param name="Value">Its content.</param>
/// <param name="Etag">Changes at every write.</param>
internal sealed record StoredDocument<T>(T Value, string Etag)
    where T : class;
