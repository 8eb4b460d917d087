using Dapper;
using Fleet.Controller.Storage;
using Npgsql;

namespace Fleet.Controller.Cluster;

/// <summary>
/// The cluster's memory in PostgreSQL: who lives, who owns what until when. Every time is the database's; a controller's own clock is
/// only ever compared with itself.
/// </summary>
/// <param name="source">The database.</param>
internal sealed class LeaseTable(NpgsqlDataSource source)
{
    /// <summary>An id for this start of a controller that no other has or had.</summary>
    public async Task<string> NewIdAsync(string host, CancellationToken ct) => $"{host}-" + await QueryAsync<long>(
        "select nextval('fleet.epochs')", new { }, ct).ConfigureAwait(false);

    /// <summary>Takes a pool's lease when it is free; gives its new epoch, or null when it is not free or just now changing.</summary>
    public async Task<ulong?> AcquireAsync(string poolId, string owner, TimeSpan length, CancellationToken ct)
    {
        // Two statements of one round trip: the row exists after the first, and only one controller gets it by the second. A row that
        // a write of the present owner holds is skipped: it is not free, or will be asked for again in a moment.
        const string Sql = """
            insert into fleet.leases (pool_id, owner, epoch, expires_at) values (@poolId, null, 0, clock_timestamp())
            on conflict do nothing;
            update fleet.leases set owner = @owner, epoch = nextval('fleet.epochs'),
            expires_at = clock_timestamp() + @length where pool_id = (select pool_id from fleet.leases
            where pool_id = @poolId and (owner is null or expires_at < clock_timestamp()) for update skip locked)
            and (owner is null or expires_at < clock_timestamp()) returning epoch
            """;
        return (ulong?)await QueryAsync<long?>(Sql, new { poolId, owner, length }, ct).ConfigureAwait(false);
    }

    /// <summary>Renews one lease; false when it moved. A lease that ended and that nobody took goes on.</summary>
    public async Task<bool> RenewAsync(PoolLease lease, string owner, TimeSpan length, CancellationToken ct) => await QueryAsync<string?>(
        "update fleet.leases set expires_at = clock_timestamp() + @length "
        + "where pool_id = @PoolId and owner = @owner and epoch = @epoch returning pool_id",
        new { lease.PoolId, owner, epoch = (long)lease.Epoch, length },
        ct).ConfigureAwait(false) is not null;

    /// <summary>Lets a lease go; its epoch stays as the mark that later ones exceed.</summary>
    public Task ReleaseAsync(PoolLease lease, string owner, CancellationToken ct) => ExecuteAsync(
        "update fleet.leases set owner = null, expires_at = clock_timestamp() "
        + "where pool_id = @PoolId and owner = @owner and epoch = @epoch",
        new { lease.PoolId, owner, epoch = (long)lease.Epoch },
        ct);

    /// <summary>Forgets the lease and the status of a pool that was deleted.</summary>
    public Task ForgetAsync(PoolLease lease, CancellationToken ct) => ExecuteAsync(
        "with gone as (delete from fleet.leases where pool_id = @PoolId and epoch = @epoch returning pool_id) "
        + "delete from fleet.statuses where pool_id in (select pool_id from gone)",
        new { lease.PoolId, epoch = (long)lease.Epoch },
        ct);

    /// <summary>Takes this controller off the list.</summary>
    public Task LeaveAsync(string controllerId, CancellationToken ct) => ExecuteAsync(
        "delete from fleet.controllers where controller_id = @controllerId", new { controllerId }, ct);

    /// <summary>One heartbeat: this controller lives, its leases go on; and how the cluster stands.</summary>
    /// <param name="self">This controller.</param>
    /// <param name="held">The leases that it believes to hold.</param>
    /// <param name="length">What leases are extended by; also how long a silent controller counts as alive.</param>
    /// <param name="ct">Gives up.</param>
    public async Task<ClusterBeat> BeatAsync(MemberSelf self, IReadOnlyCollection<PoolLease> held, TimeSpan length, CancellationToken ct)
    {
        const string Sql = """
            insert into fleet.controllers (controller_id, address, draining) values (@ControllerId, @Address, @Draining)
            on conflict (controller_id) do update set address = @Address, draining = @Draining, heartbeat_at = clock_timestamp();

            update fleet.leases l set expires_at = clock_timestamp() + @length
            from unnest(@pools, @epochs) as h (pool_id, epoch)
            where l.pool_id = h.pool_id and l.epoch = h.epoch and l.owner = @ControllerId returning l.pool_id, l.epoch;

            delete from fleet.controllers where heartbeat_at < clock_timestamp() - interval '1 hour';

            select controller_id, address, draining from fleet.controllers
            where heartbeat_at > clock_timestamp() - @length order by controller_id collate "C";

            select d.id as pool_id, d.etag, case when l.expires_at > clock_timestamp() then l.owner end as owner, coalesce(l.epoch, 0) as epoch,
            coalesce(extract(epoch from clock_timestamp() - coalesce(l.expires_at, d.written_at)), 0)::float8 as free_seconds
            from fleet.documents d left join fleet.leases l on l.pool_id = d.id where d.kind = 'pools' order by d.id collate "C";

            select coalesce(sum(hashtextextended(id || ' ' || etag, 0)), 0)::text from fleet.documents where kind = 'proxies';

            select coalesce(max(version), 0) from fleet.migrations;
            """;
        return await GuardedAsync(async () =>
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
            var values = new
            {
                self.ControllerId,
                self.Address,
                self.Draining,
                length,
                pools = held.Select(l => l.PoolId).ToArray(),
                epochs = held.Select(l => (long)l.Epoch).ToArray(),
            };
            await using SqlMapper.GridReader grid = await connection.QueryMultipleAsync(
                new CommandDefinition(Sql, values, commandTimeout: 2, cancellationToken: ct)).ConfigureAwait(false);
            IEnumerable<(string PoolId, long Epoch)> renewed = await grid.ReadAsync<(string, long)>().ConfigureAwait(false);
            IEnumerable<Member> members = await grid.ReadAsync<Member>().ConfigureAwait(false);
            IEnumerable<PoolRow> pools = await grid.ReadAsync<PoolRow>().ConfigureAwait(false);
            string proxies = await grid.ReadSingleAsync<string>().ConfigureAwait(false);
            int schema = await grid.ReadSingleAsync<int>().ConfigureAwait(false);
            return new ClusterBeat(
                [.. renewed.Select(r => (r.PoolId, (ulong)r.Epoch))],
                [.. members],
                [.. pools.Select(p => new PoolSeat(p.Pool_Id, p.Etag, p.Owner, TimeSpan.FromSeconds(Math.Max(0, p.Free_Seconds))))],
                proxies,
                schema);
        }).ConfigureAwait(false);
    }

    /// <summary>Stores how pools stand; a status of an older epoch never replaces a newer one.</summary>
    public Task WriteStatusAsync(PoolLease lease, string json, CancellationToken ct) => ExecuteAsync(
        """
        insert into fleet.statuses as s (pool_id, epoch, value) values (@PoolId, @epoch, @json::json)
        on conflict (pool_id) do update set epoch = @epoch, value = @json::json, written_at = clock_timestamp() where s.epoch <= @epoch
        """,
        new { lease.PoolId, epoch = (long)lease.Epoch, json },
        ct);

    /// <summary>The statuses that changed since the marks given, of other pools than these.</summary>
    public async Task<IReadOnlyList<(string PoolId, DateTime WrittenAt, string Value)>> ReadStatusesAsync(
        DateTime since, IReadOnlyCollection<string> except, CancellationToken ct) => await GuardedAsync(async () =>
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
        return (await connection.QueryAsync<(string, DateTime, string)>(new CommandDefinition(
            "select pool_id, written_at, value from fleet.statuses where written_at > @since and pool_id <> all(@except) order by written_at",
            new { since, except = except.ToArray() },
            cancellationToken: ct)).ConfigureAwait(false)).AsList();
    }).ConfigureAwait(false);

    private Task<T?> QueryAsync<T>(string sql, object values, CancellationToken ct) => GuardedAsync(async () =>
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
        return await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, values, cancellationToken: ct)).ConfigureAwait(false);
    });

    private Task ExecuteAsync(string sql, object values, CancellationToken ct) => GuardedAsync(async () =>
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
        return await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: ct)).ConfigureAwait(false);
    });

    private static Task<T> GuardedAsync<T>(Func<Task<T>> call) => StoreUnavailableException.GuardAsync(call);

    private sealed record PoolRow(string Pool_Id, long Etag, string? Owner, long Epoch, double Free_Seconds);
}
