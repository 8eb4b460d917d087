namespace Fleet.Controller.Storage;

/// <summary>Read, change, write: again from the start when somebody else wrote in between.</summary>
internal static class DocumentChanges
{
    // Each loser of a race retries once per winner: more losses in a row mean that something writes in a loop.
    private const int Attempts = 16;

    /// <summary>Changes a document; returns it as written, or null when there is none.</summary>
    /// <param name="store">Where it lies.</param>
    /// <param name="key">Which document.</param>
    /// <param name="change">Gives the new document; the same instance changes nothing. May run more than once.</param>
    /// <param name="ct">Gives up before a write begins.</param>
    public static async Task<T?> ChangeAsync<T>(this IDocumentStore store, DocumentKey key, Func<T, T> change, CancellationToken ct)
        where T : class
    {
        for (int attempt = 1; ; attempt++)
        {
            StoredDocument<T>? stored = await store.ReadAsync<T>(key, ct).ConfigureAwait(false);
            if (stored is null)
            {
                return null;
            }

            T changed = change(stored.Value);
            if (ReferenceEquals(changed, stored.Value))
            {
                return changed;
            }

            try
            {
                await store.WriteAsync(key, changed, stored.Etag, ct).ConfigureAwait(false);
                return changed;
            }
            catch (EtagMismatchException) when (attempt < Attempts)
            {
                // Somebody else was faster: the change is made to what they wrote.
            }
        }
    }
}
