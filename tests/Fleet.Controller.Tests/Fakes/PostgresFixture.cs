using Dapper;
using Fleet.Controller.Storage.Postgres;
using Fleet.Testing;
using Npgsql;

namespace Fleet.Controller.Tests.Fakes;

/// <summary>One private PostgreSQL for all tests that need one; they run one after the other and each begins with an empty database.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;

    internal NpgsqlDataSource Owner { get; private set; } = null!;

    internal NpgsqlDataSource Source { get; private set; } = null!;

    internal PostgresServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        if (PostgresServer.Missing is null)
        {
            _server = await PostgresServer.StartAsync();
            Owner = PostgresAddress.TryParse(_server.Owner, out _)!.OpenToMigrate();
            Source = PostgresAddress.TryParse(_server.Controller, out _)!.Open();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await Source.DisposeAsync();
            await Owner.DisposeAsync();
            await _server.DisposeAsync();
        }
    }

    /// <summary>Skips the test where there is no PostgreSQL; else empties the database.</summary>
    internal async Task BeginAsync(bool migrate = true)
    {
        if (PostgresServer.Missing is { } reason)
        {
            Assert.Skip(reason);
        }

        await using (NpgsqlConnection connection = await Owner.OpenConnectionAsync())
        {
            await connection.ExecuteAsync("drop schema if exists fleet cascade");
        }

        if (migrate)
        {
            await PostgresSchema.EnsureAsync(Owner, "here", default);
        }
    }
}

/// <summary>The tests that share the private PostgreSQL.</summary>
[CollectionDefinition("postgres")]
public sealed class PostgresTests : ICollectionFixture<PostgresFixture>;
