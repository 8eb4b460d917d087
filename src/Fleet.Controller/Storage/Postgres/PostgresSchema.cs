using System.Globalization;
using System.Reflection;
using Dapper;
using Fleet.Hosting.Errors;
using Npgsql;

namespace Fleet.Controller.Storage.Postgres;

/// <summary>Brings the database's schema to this program's version, one migration after the other, one controller at a time.</summary>
internal static class PostgresSchema
{
    // Any number that no other program uses: "fleet" in ASCII.
    private const long MigrationLock = 0x66_6c_65_65_74;

    private const string Prefix = "Fleet.Controller.Storage.Postgres.Migrations.";

    private static readonly Lazy<SortedDictionary<int, string>> Migrations = new(Load);

    /// <summary>The version that this program works with.</summary>
    public static int Version => Migrations.Value.Keys.Last();

    /// <summary>Migrates when needed.</summary>
    /// <exception cref="StartupException">The schema is newer than this program, or cannot be reached or migrated.</exception>
    public static async Task EnsureAsync(NpgsqlDataSource source, string place, CancellationToken ct)
    {
        try
        {
            int present = await PresentAsync(source, ct).ConfigureAwait(false);
            Refuse(present, place);
            if (present < Version)
            {
                await MigrateAsync(source, place, ct).ConfigureAwait(false);
            }
        }
        catch (PostgresException denied) when (denied.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StartupException(
                $"postgres {place}: the schema is older than version {Version}, and this role may not migrate it ({denied.MessageText}); "
                + "give the role of the schema's owner with --postgres-owner once", denied);
        }
        catch (NpgsqlException failure)
        {
            throw new StartupException($"postgres {place}: {Reason(failure)}; see that the server runs and lets this user in", failure);
        }
    }

    /// <summary>An error of the database in one line without values.</summary>
    public static string Reason(Exception failure) => failure switch
    {
        PostgresException server => $"{server.SqlState}: {server.MessageText}",
        { InnerException: { } inner } => $"{failure.Message}: {inner.Message}",
        _ => failure.Message,
    };

    /// <summary>Refuses a schema that a newer program made.</summary>
    private static void Refuse(int present, string place)
    {
        if (present > Version)
        {
            throw new StartupException(
                $"postgres {place}: schema version {present} is newer than this program's {Version}; start the newer program");
        }
    }

    private static async Task<int> PresentAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
        bool exists = await connection.ExecuteScalarAsync<bool>(
            new CommandDefinition("select to_regclass('fleet.migrations') is not null", cancellationToken: ct)).ConfigureAwait(false);
        return exists ? await VersionAsync(connection, null, ct).ConfigureAwait(false) : 0;
    }

    private static Task<int> VersionAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, CancellationToken ct) =>
        connection.ExecuteScalarAsync<int>(new CommandDefinition(
            "select coalesce(max(version), 0) from fleet.migrations", transaction: transaction, cancellationToken: ct));

    private static async Task MigrateAsync(NpgsqlDataSource source, string place, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition(
            "set statement_timeout = '60s'; set lock_timeout = '60s'; set idle_in_transaction_session_timeout = '60s'", cancellationToken: ct))
            .ConfigureAwait(false);

        // The lock is taken before the transaction begins: a transaction that began earlier may believe that what another one has just
        // created is not there. It goes with the connection, however this process ends.
        await connection.ExecuteAsync(new CommandDefinition(
            "select pg_advisory_lock(@MigrationLock)", new { MigrationLock }, commandTimeout: 60, cancellationToken: ct)).ConfigureAwait(false);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        Task Run(string sql, object? values = null) =>
            connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, commandTimeout: 60, cancellationToken: ct));

        await Run("create schema if not exists fleet").ConfigureAwait(false);
        await Run(
            "create table if not exists fleet.migrations "
            + "(version integer primary key, applied_at timestamptz not null default clock_timestamp())").ConfigureAwait(false);
        int present = await VersionAsync(connection, transaction, ct).ConfigureAwait(false);
        Refuse(present, place);
        foreach ((int version, string sql) in Migrations.Value.Where(m => m.Key > present))
        {
            await Run(sql).ConfigureAwait(false);
            await Run("insert into fleet.migrations (version) values (@version)", new { version }).ConfigureAwait(false);
        }

        await transaction.CommitAsync(ct).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition(
            "select pg_advisory_unlock(@MigrationLock)", new { MigrationLock }, cancellationToken: ct)).ConfigureAwait(false);
    }

    private static SortedDictionary<int, string> Load()
    {
        var migrations = new SortedDictionary<int, string>();
        var assembly = Assembly.GetExecutingAssembly();
        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            migrations.Add(int.Parse(name[Prefix.Length..^".sql".Length], CultureInfo.InvariantCulture), reader.ReadToEnd());
        }

        return migrations;
    }
}
