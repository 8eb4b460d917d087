using System.Text.Json;
using Fleet.Hosting.Errors;

namespace Fleet.Proxy.Pools;

/// <summary>
/// The pools in force as one JSON document, so that a restarted proxy serves by its last configuration without a controller. Written to a
/// temporary file, synced and renamed: a crash leaves the old document or the new one.
/// </summary>
internal sealed class StateFile(string path)
{
    private const int FormatVersion = 1;
    private const string NextStep = "mend it, or move it away to start without it";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>What the file holds; nothing when it does not exist.</summary>
    /// <exception cref="StartupException">The file cannot be read or is damaged.</exception>
    public IReadOnlyList<PoolRecord> Read()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            Document? document = JsonSerializer.Deserialize<Document>(File.ReadAllBytes(path), Json);
            if (document is not { Version: FormatVersion, Pools: not null } || document.Pools.Any(p => p?.Definition is null))
            {
                throw new StartupException($"state file \"{path}\" is not of version {FormatVersion}; move it away to start without it");
            }

            string[] problems =
            [
                .. document.Pools.SelectMany(p => IsComplete(p.Definition) ? p.Definition.Problems() : ["a pool is incomplete"])
                    .Select(p => $"state file \"{path}\": {p}; {NextStep}"),
            ];
            StartupException.ThrowIfAny(problems);
            return document.Pools;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new StartupException($"state file \"{path}\" cannot be read ({e.Message}); {NextStep}", e);
        }
    }

    /// <summary>Pools as a document.</summary>
    public static byte[] Format(IEnumerable<PoolRecord> pools) => JsonSerializer.SerializeToUtf8Bytes(new Document(FormatVersion, [.. pools]), Json);

    /// <summary>The pools of a document that <see cref="Format"/> made.</summary>
    /// <exception cref="IOException">It is of another version, or damaged.</exception>
    public static IReadOnlyList<PoolRecord> Parse(ReadOnlySpan<byte> document)
    {
        try
        {
            return JsonSerializer.Deserialize<Document>(document, Json) is { Version: FormatVersion, Pools: { } pools }
                ? pools
                : throw new IOException($"the pools are not of version {FormatVersion}");
        }
        catch (JsonException damaged)
        {
            throw new IOException($"the pools cannot be read: {damaged.Message}", damaged);
        }
    }

    /// <summary>Replaces the document.</summary>
    public void Write(IEnumerable<PoolRecord> pools)
    {
        string temporary = path + ".tmp";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, new Document(FormatVersion, [.. pools]), Json);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static bool IsComplete(PoolDefinition pool) =>
        !pool.Nodes.IsDefault && !pool.Prefixes.IsDefault && pool is { Health: not null, HashTag: not null, Listen: not null };

    private sealed record Document(int Version, IReadOnlyList<PoolRecord> Pools);
}
