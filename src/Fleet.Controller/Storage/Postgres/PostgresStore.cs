using System.Globalization;
using System.Text.Json;
using Dapper;
using Npgsql;

namespace Fleet.Controller.Storage.Postgres;

/// <summary>Documents in PostgreSQL. Etags and epochs are compared by the database in the statement that writes.</summary>
/// <param name="source">The database.</param>
/// <param name="fence">The lease that every write of this view carries; null: the etag alone guards.</param>
internal sealed class PostgresStore(NpgsqlDataSource source, PostgresStore.Fence? fence = null) : IDocumentStore
{
    // "for share" makes a lease that is about to move wait for this write, and a write that waited for a lease that moved find it gone.
    private const string Lease = "with lease as (select 1 from fleet.leases where pool_id = @pool and epoch = @epoch for share)";

    /// <inheritdoc/>
    public IDocumentStore Fenced(string poolId, ulong epoch) => new PostgresStore(source, new Fence(poolId, checked((long)epoch)));

    /// <inheritdoc/>
    public async Task<StoredDocument<T>?> ReadAsync<T>(DocumentKey key, CancellationToken ct)
        where T : class
    {
        Row? row = await QueryAsync<Row>("select etag, schema, value from fleet.documents where kind = @Kind and id = @Id", key, ct)
            .ConfigureAwait(false);
        if (row is null)
        {
            return null;
        }

        try
        {
            JsonElement value = DocumentSchemas.Upgrade(
                key.Kind, row.Schema, JsonSerializer.Deserialize<JsonElement>(row.Value), $"document {key}");
            T document = value.Deserialize<T>(DocumentJson.Line) ?? throw new JsonException("the value is null");
            return new StoredDocument<T>(document, Text(row.Etag));
        }
        catch (JsonException damaged)
        {
            throw new DocumentException(
                $"document {key}: it is damaged: {damaged.Message.ReplaceLineEndings(" ")}; it is left as it is: restore it from a backup, "
                + "or delete its row to start without it",
                damaged);
        }
    }

    /// <inheritdoc/>
    public async Task<string> WriteAsync<T>(DocumentKey key, T value, string? expectedEtag, CancellationToken ct)
        where T : class
    {
        EnsureLegal(key);
        string held = fence is null ? "" : "where exists (select from lease)";
        string and = fence is null ? "" : "and exists (select from lease)";
        string write = expectedEtag is null
            ? $"""
                insert into fleet.documents (kind, id, schema, epoch, value) select @Kind, @Id, @schema, @epoch, @json::json {held}
                on conflict do nothing returning etag
                """
            : $"""
                update fleet.documents set etag = nextval('fleet.etags'), schema = @schema, epoch = @epoch, value = @json::json,
                written_at = clock_timestamp() where kind = @Kind and id = @Id and etag = @expected and schema <= @schema {and}
                returning etag
                """;
        var values = new
        {
            key.Kind,
            key.Id,
            schema = DocumentSchemas.Current(key.Kind),
            json = JsonSerializer.Serialize(value, DocumentJson.Line),
            expected = expectedEtag is null ? 0 : long.Parse(expectedEtag, CultureInfo.InvariantCulture),
            epoch = fence?.Epoch,
            pool = fence?.PoolId,
        };
        string sql = fence is null ? write : $"{Lease}, written as ({write}) {Outcome}";
        Written written = fence is null
            ? new Written(true, await QueryAsync<long?>(sql, values, ct).ConfigureAwait(false))
            : (await QueryAsync<Written>(sql, values, ct).ConfigureAwait(false))!;
        return written switch
        {
            { Held: false } => throw new FencedException(key, (ulong)fence!.Epoch),
            { Etag: { } etag } => Text(etag),
            _ => throw await MismatchAsync(key, expectedEtag, ct).ConfigureAwait(false),
        };
    }

    private const string Outcome = "select exists (select from lease) as held, (select etag from written) as etag";

    /// <inheritdoc/>
    public async Task DeleteAsync(DocumentKey key, CancellationToken ct)
    {
        const string Delete = "delete from fleet.documents where kind = @Kind and id = @Id";
        if (fence is null)
        {
            await QueryAsync<long?>($"{Delete} returning etag", key, ct).ConfigureAwait(false);
            return;
        }

        Written written = (await QueryAsync<Written>(
            $"{Lease}, written as ({Delete} and exists (select from lease) returning etag) {Outcome}",
            new { key.Kind, key.Id, epoch = fence.Epoch, pool = fence.PoolId },
            ct).ConfigureAwait(false))!;
        if (!written.Held)
        {
            throw new FencedException(key, (ulong)fence.Epoch);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListAsync(string kind, CancellationToken ct)
    {
        return await StoreUnavailableException.GuardAsync(async () =>
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
            return (await connection.QueryAsync<string>(new CommandDefinition(
                "select id from fleet.documents where kind = @kind order by id collate \"C\"", new { kind }, cancellationToken: ct))
                .ConfigureAwait(false)).AsList();
        }).ConfigureAwait(false);
    }

    private async Task<Exception> MismatchAsync(DocumentKey key, string? expected, CancellationToken ct)
    {
        Row? row = await QueryAsync<Row>("select etag, schema, '{}' as value from fleet.documents where kind = @Kind and id = @Id", key, ct)
            .ConfigureAwait(false);
        try
        {
            DocumentSchemas.Upgrade(key.Kind, Math.Max(row?.Schema ?? 0, DocumentSchemas.Current(key.Kind)), default, $"document {key}");
        }
        catch (DocumentException newer)
        {
            return newer;
        }

        return new EtagMismatchException(key, expected, row is null ? null : Text(row.Etag));
    }

    private Task<T?> QueryAsync<T>(string sql, object values, CancellationToken ct) => StoreUnavailableException.GuardAsync(async () =>
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
        return await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, values, cancellationToken: ct)).ConfigureAwait(false);
    });

    private static void EnsureLegal(DocumentKey key)
    {
        if (!EntityId.IsLegal(key.Id))
        {
            throw new ArgumentException($"'{key.Id}' is not a legal id: {EntityId.Rule}", nameof(key));
        }
    }

    private static string Text(long etag) => etag.ToString(CultureInfo.InvariantCulture);

    /// <summary>The lease that writes carry.</summary>
    internal sealed record Fence(string PoolId, long Epoch);

    private sealed record Row(long Etag, int Schema, string Value);

    private sealed record Written(bool Held, long? Etag);
}
