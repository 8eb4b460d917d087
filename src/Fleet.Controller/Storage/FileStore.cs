using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.Controller.Storage;

/// <summary>
/// The embedded store of a single controller: one JSON file per document, written to a temporary file, flushed, renamed over the old one
/// and made durable in its folder, so a crash leaves the old document or the new one, never a mixture.
/// </summary>
/// <param name="directory">Folder of the documents; created when needed.</param>
/// <param name="fault">Called at every point of a write; a test throws there to imitate a crash.</param>
internal sealed class FileStore(string directory, Action<WritePoint>? fault = null) : IDocumentStore
{
    private readonly Lock _gate = new();

    /// <inheritdoc/>
    public Task<StoredDocument<T>?> ReadAsync<T>(DocumentKey key, CancellationToken ct)
        where T : class
    {
        ct.ThrowIfCancellationRequested();
        lock (_gate)
        {
            Envelope? envelope = ReadEnvelope(key);
            if (envelope is null)
            {
                return Task.FromResult<StoredDocument<T>?>(null);
            }

            try
            {
                JsonElement upgraded = DocumentSchemas.Upgrade(key.Kind, envelope.Schema, envelope.Value, PathOf(key));
                T value = upgraded.Deserialize<T>(DocumentJson.Options) ?? throw new JsonException("the value is null");
                return Task.FromResult<StoredDocument<T>?>(new(value, envelope.Etag));
            }
            catch (JsonException damaged)
            {
                throw Damaged(key, damaged);
            }
        }
    }

    /// <inheritdoc/>
    public Task<string> WriteAsync<T>(DocumentKey key, T value, string? expectedEtag, CancellationToken ct)
        where T : class
    {
        ct.ThrowIfCancellationRequested();
        lock (_gate)
        {
            string? etag = ReadEnvelope(key)?.Etag;
            if (etag != expectedEtag)
            {
                throw new EtagMismatchException(key, expectedEtag, etag);
            }

            long next = etag is null ? 1 : long.Parse(etag, CultureInfo.InvariantCulture) + 1;
            string newEtag = next.ToString(CultureInfo.InvariantCulture);
            var envelope = new Envelope(DocumentSchemas.Current(key.Kind), newEtag, JsonSerializer.SerializeToElement(value, DocumentJson.Options));
            Replace(PathOf(key), JsonSerializer.SerializeToUtf8Bytes(envelope, DocumentJson.Options));
            return Task.FromResult(newEtag);
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(DocumentKey key, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_gate)
        {
            string path = PathOf(key);
            if (File.Exists(path))
            {
                File.Delete(path);
                DirectorySync.Flush(Path.GetDirectoryName(path)!);
            }

            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListAsync(string kind, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_gate)
        {
            string folder = Path.Combine(directory, kind);
            IReadOnlyList<string> ids = !Directory.Exists(folder)
                ? []
                : [.. Directory.GetFiles(folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];
            return Task.FromResult(ids);
        }
    }

    private void Replace(string path, byte[] content)
    {
        string folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        fault?.Invoke(WritePoint.Begin);
        string temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            int half = content.Length / 2;
            file.Write(content, 0, half);
            if (fault is not null)
            {
                file.Flush();
                fault(WritePoint.HalfWritten);
            }

            file.Write(content, half, content.Length - half);
            fault?.Invoke(WritePoint.Written);
            file.Flush(flushToDisk: true);
        }

        fault?.Invoke(WritePoint.Flushed);
        File.Move(temporary, path, overwrite: true);
        fault?.Invoke(WritePoint.Renamed);
        DirectorySync.Flush(folder);
        fault?.Invoke(WritePoint.Durable);
    }

    private Envelope? ReadEnvelope(DocumentKey key)
    {
        string path = PathOf(key);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            Envelope envelope = JsonSerializer.Deserialize<Envelope>(File.ReadAllBytes(path), DocumentJson.Options)
                ?? throw new JsonException("the file is empty");
            // A newer document is refused also by a writer that never read it.
            DocumentSchemas.Upgrade(key.Kind, Math.Max(envelope.Schema, DocumentSchemas.Current(key.Kind)), envelope.Value, path);
            return long.TryParse(envelope.Etag, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? envelope
                : throw new JsonException($"etag '{envelope.Etag}' is not a number");
        }
        catch (JsonException damaged)
        {
            throw Damaged(key, damaged);
        }
    }

    private DocumentException Damaged(DocumentKey key, JsonException cause)
    {
        string place = cause.LineNumber is { } line
            ? $" at line {line + 1}, byte {(cause.BytePositionInLine ?? 0) + 1}"
            : "";
        return new DocumentException(
            $"{PathOf(key)}: the document is damaged{place}: {cause.Message.ReplaceLineEndings(" ")}; "
            + "it is left as it is: restore it from a backup, or move it away to start without it",
            cause);
    }

    private string PathOf(DocumentKey key) => EntityId.IsLegal(key.Id)
        ? Path.Combine(directory, key.Kind, key.Id + ".json")
        : throw new ArgumentException($"'{key.Id}' is not a legal id: {EntityId.Rule}", nameof(key));

    private sealed record Envelope(int Schema, string Etag, [property: JsonPropertyName("value")] JsonElement Value);
}
