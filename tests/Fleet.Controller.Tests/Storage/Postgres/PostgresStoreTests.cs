using Dapper;
using Fleet.Controller.Cluster;
using Fleet.Controller.Storage;
using Fleet.Controller.Storage.Postgres;
using Fleet.Controller.Tests.Fakes;
using Npgsql;

namespace Fleet.Controller.Tests.Storage.Postgres;

[Collection("postgres")]
public sealed class PostgresStoreTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly DocumentKey Key = new("things", "one");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private PostgresStore Store => new(postgres.Source);

    private sealed record Thing(string Name, int Count);

    public async ValueTask InitializeAsync() => await postgres.BeginAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_was_written_is_read_back_byte_for_byte()
    {
        var odd = new Thing("a\0\u20ac\"\\\n", int.MaxValue);
        string etag = await Store.WriteAsync(Key, odd, null, Stop);
        (await Store.ReadAsync<Thing>(Key, Stop)).ShouldBe(new StoredDocument<Thing>(odd, etag));
        (await Store.ListAsync("things", Stop)).ShouldBe(["one"]);
    }

    [Fact]
    public async Task A_stale_etag_is_refused_also_that_of_a_former_life()
    {
        string first = await Store.WriteAsync(Key, new Thing("a", 1), null, Stop);
        string second = await Store.WriteAsync(Key, new Thing("a", 2), first, Stop);
        await Should.ThrowAsync<EtagMismatchException>(() => Store.WriteAsync(Key, new Thing("a", 3), first, Stop));
        await Should.ThrowAsync<EtagMismatchException>(() => Store.WriteAsync(Key, new Thing("a", 3), null, Stop));
        await Store.DeleteAsync(Key, Stop);
        await Store.WriteAsync(Key, new Thing("b", 1), null, Stop);
        await Should.ThrowAsync<EtagMismatchException>(() => Store.WriteAsync(Key, new Thing("a", 3), second, Stop));
        (await Store.ReadAsync<Thing>(Key, Stop))!.Value.ShouldBe(new Thing("b", 1));
    }

    [Fact]
    public async Task Of_racing_changes_none_is_lost()
    {
        await Store.WriteAsync(Key, new Thing("a", 0), null, Stop);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () => await Store.ChangeAsync<Thing>(Key, t => t with { Count = t.Count + 1 }, Stop), Stop)));
        (await Store.ReadAsync<Thing>(Key, Stop))!.Value.Count.ShouldBe(8);
    }

    [Fact]
    public async Task Writes_and_deletes_of_a_lease_that_moved_are_refused()
    {
        var table = new LeaseTable(postgres.Source);
        ulong old = (await table.AcquireAsync("web", "a", TimeSpan.Zero, Stop))!.Value;
        IDocumentStore before = Store.Fenced("web", old);
        string etag = await before.WriteAsync(Key, new Thing("old", 1), null, Stop);
        ulong now = (await table.AcquireAsync("web", "b", TimeSpan.FromMinutes(1), Stop))!.Value;
        now.ShouldBeGreaterThan(old);
        await Should.ThrowAsync<FencedException>(() => before.WriteAsync(Key, new Thing("old", 2), etag, Stop));
        await Should.ThrowAsync<FencedException>(() => before.WriteAsync(new DocumentKey("things", "two"), new Thing("old", 2), null, Stop));
        await Should.ThrowAsync<FencedException>(() => before.DeleteAsync(Key, Stop));
        (await Store.ReadAsync<Thing>(Key, Stop))!.Value.ShouldBe(new Thing("old", 1));
        await Store.Fenced("web", now).WriteAsync(Key, new Thing("new", 1), etag, Stop);
    }

    [Fact]
    public async Task A_newer_document_is_refused_and_not_overwritten()
    {
        string etag = await Store.WriteAsync(Key, new Thing("a", 1), null, Stop);
        await ExecuteAsync(postgres.Source, "update fleet.documents set schema = 2, value = '{\"later\":true}'");
        (await Should.ThrowAsync<DocumentException>(() => Store.ReadAsync<Thing>(Key, Stop))).Message.ShouldContain("newer");
        await Should.ThrowAsync<DocumentException>(() => Store.WriteAsync(Key, new Thing("a", 2), etag, Stop));
        (await ScalarAsync("select value::text from fleet.documents")).ShouldBe("{\"later\":true}");
    }

    [Fact]
    public async Task An_older_document_migrates_forward()
    {
        await ExecuteAsync(
            postgres.Source,
            "insert into fleet.documents (kind, id, schema, value) values ('proxies', 'p1', 1, "
            + "'{\"proxyId\":\"p1\",\"control\":\"unix:/p1\",\"pendingRemovals\":[\"web\"]}')");
        ProxyDocument proxy = (await Store.ReadAsync<ProxyDocument>(new DocumentKey("proxies", "p1"), Stop))!.Value;
        proxy.PendingRemovals.ShouldBe([new PendingRemoval("web", 0)]);
    }

    [Fact]
    public async Task Many_controllers_migrate_at_once_and_a_newer_schema_is_refused()
    {
        await postgres.BeginAsync(migrate: false);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PostgresSchema.EnsureAsync(postgres.Owner, "here", Stop)));
        (await ScalarAsync("select count(*)::text from fleet.migrations")).ShouldBe($"{PostgresSchema.Version}");
        await ExecuteAsync(postgres.Owner, $"insert into fleet.migrations (version) values ({PostgresSchema.Version + 1})");
        (await Should.ThrowAsync<Fleet.Hosting.Errors.StartupException>(() => PostgresSchema.EnsureAsync(postgres.Source, "here", Stop)))
            .Message.ShouldContain("start the newer program");
    }

    [Fact]
    public async Task The_role_of_controllers_can_neither_migrate_nor_rewrite_what_was_decided()
    {
        await ExecuteAsync(
            postgres.Source,
            "insert into fleet.decisions (at, pool_id, node_id, epoch, record) values (clock_timestamp(), 'web', 'n1', 1, '{}')");
        foreach (string forbidden in new[]
        {
            "update fleet.decisions set record = '[]'", "delete from fleet.decisions", "drop table fleet.documents",
            "create table fleet.mine (x int)", "create table public.mine (x int)", "delete from fleet.migrations",
        })
        {
            PostgresException refused = await Should.ThrowAsync<PostgresException>(() => ExecuteAsync(postgres.Source, forbidden));
            refused.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, forbidden);
        }

        await postgres.BeginAsync(migrate: false);
        (await Should.ThrowAsync<Fleet.Hosting.Errors.StartupException>(() => PostgresSchema.EnsureAsync(postgres.Source, "here", Stop)))
            .Message.ShouldContain("--postgres-owner");
    }

    [Theory]
    [InlineData("Host=db;Password=s3cret;Port=s3cret")]
    [InlineData("Nonsense=s3cret")]
    [InlineData("Password=s3cret")]
    [InlineData("s3cret")]
    public void A_bad_connection_string_is_told_without_its_secrets(string text)
    {
        string problem = new ControllerOptions { Store = "postgres", Postgres = text }.Validate().Single();
        problem.ShouldContain("postgres");
        problem.ShouldNotContain("s3cret");
    }

    [Fact]
    public void A_good_connection_string_is_shown_without_its_password()
    {
        var options = new ControllerOptions { Store = "postgres", Postgres = "Host=db1;Username=u;Password=s3cret;Database=fleet" };
        options.Validate().ShouldBeEmpty();
        options.ToString().ShouldNotContain("s3cret");
        PostgresAddress.TryParse(options.Postgres, out _)!.ToString().ShouldBe("db1:5432/fleet as u");
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(Stop);
        await connection.ExecuteAsync(sql);
    }

    private async Task<string?> ScalarAsync(string sql)
    {
        await using NpgsqlConnection connection = await postgres.Owner.OpenConnectionAsync(Stop);
        return await connection.ExecuteScalarAsync<string>(sql);
    }
}
