using System.Globalization;
using Npgsql;

namespace Fleet.Controller.Storage.Postgres;

/// <summary>Where the database is and how to get in; the password never leaves this class except towards the server.</summary>
internal sealed class PostgresAddress
{
    /// <summary>Rule of a connection string.</summary>
    public const string Rule = "a connection string such as \"Host=db1;Username=fleet_controller;Database=fleet\" (Npgsql's keywords)";

    private readonly NpgsqlConnectionStringBuilder _builder;

    private PostgresAddress(NpgsqlConnectionStringBuilder builder) => _builder = builder;

    /// <summary>Parses a connection string; null with the problem when it cannot be used. The problem holds no part of the string.</summary>
    public static PostgresAddress? TryParse(string text, out string problem)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(text);
            problem = builder.Host is { Length: > 0 } ? "" : "it has no Host";
            return problem.Length == 0 ? new PostgresAddress(builder) : null;
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            // The parser's own message may repeat a value, and the value may be the password.
            problem = "it has an unknown keyword or an illegal value";
            return null;
        }
    }

    /// <summary>For people: server, database and user.</summary>
    public override string ToString() => $"{_builder.Host}:{_builder.Port}/{_builder.Database ?? _builder.Username} as {_builder.Username}";

    /// <summary>Opens the pool of connections that a controller uses.</summary>
    public NpgsqlDataSource Open() => Open(connectSeconds: 3, statementSeconds: 5);

    /// <summary>Opens connections for a migration, which may take its time and waits for that of another controller.</summary>
    public NpgsqlDataSource OpenToMigrate() => Open(connectSeconds: 15, statementSeconds: 60);

    private NpgsqlDataSource Open(int connectSeconds, int statementSeconds)
    {
        var settings = new NpgsqlConnectionStringBuilder(_builder.ConnectionString)
        {
            ApplicationName = _builder.ApplicationName ?? "fleet-controller",
            Timeout = Math.Min(_builder.Timeout, connectSeconds),
            CommandTimeout = statementSeconds,
            CancellationTimeout = 1000,
            KeepAlive = 5,
            MaxPoolSize = Math.Min(_builder.MaxPoolSize, 20),
            // A controller that stops in the middle of something must not hold a lock that its successor waits for.
            Options = string.Create(CultureInfo.InvariantCulture, $"{_builder.Options} -c statement_timeout={statementSeconds}s ")
                + "-c lock_timeout=2s -c idle_in_transaction_session_timeout=5s",
        };
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }
}
