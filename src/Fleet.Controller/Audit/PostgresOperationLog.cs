using System.Text.Json;
using Dapper;
using Fleet.Controller.Storage;
using Fleet.Controller.Storage.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fleet.Controller.Audit;

/// <summary>Writes of operators in the database, from all controllers, in the order in which the database took them.</summary>
/// <param name="source">The database; the controllers' role may add rows and change none.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Says when rows could not be written: operating goes on without them.</param>
internal sealed partial class PostgresOperationLog(NpgsqlDataSource source, TimeProvider time, ILogger logger) : IOperationLog
{
    /// <summary>A database that is away refuses every write of a fleet: one line says so, another a minute later how many there were.</summary>
    private static readonly TimeSpan WarningInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long? _warned;
    private long _unwritten;

    /// <inheritdoc/>
    public void Add(OperationRecord operation)
    {
        try
        {
            using NpgsqlConnection connection = source.OpenConnection();
            connection.Execute(
                "insert into fleet.operations (at, record) values (@at, @record::json)",
                new { at = operation.At.UtcDateTime, record = JsonSerializer.Serialize(operation, DocumentJson.Line) });
        }
        catch (NpgsqlException failure)
        {
            Refused(operation, PostgresSchema.Reason(failure));
            return;
        }

        Written();
    }

    /// <inheritdoc/>
    public IEnumerable<OperationRecord> Newest(Func<OperationRecord, bool> filter)
    {
        try
        {
            using NpgsqlConnection connection = source.OpenConnection();
            return
            [
                .. connection.Query<(long Id, string Record)>(
                    "select id, record from fleet.operations order by id desc limit @RingCapacity", new { OperationLog.RingCapacity })
                    .Select(r => JsonSerializer.Deserialize<OperationRecord>(r.Record, DocumentJson.Line)! with { Id = r.Id })
                    .Where(filter),
            ];
        }
        catch (NpgsqlException failure)
        {
            throw new StoreUnavailableException($"postgres: {PostgresSchema.Reason(failure)}", failure);
        }
    }

    private void Refused(OperationRecord operation, string problem)
    {
        lock (_gate)
        {
            _unwritten++;
            if (_warned is { } last && time.GetElapsedTime(last) < WarningInterval)
            {
                return;
            }

            _warned = time.GetTimestamp();
            WriteFailed(logger, operation.Method, operation.Actor, operation.Outcome, problem, _unwritten);
        }
    }

    private void Written()
    {
        lock (_gate)
        {
            if (_unwritten > 0)
            {
                WritesAgain(logger, _unwritten);
                (_unwritten, _warned) = (0, null);
            }
        }
    }

    [LoggerMessage(2050, LogLevel.Warning,
        "audit: {Method} by {Actor} ({Outcome}) could not be written: {Problem}; {Unwritten} in a row, and one such line a minute")]
    private static partial void WriteFailed(
        ILogger logger, string method, string actor, string outcome, string problem, long unwritten);

    [LoggerMessage(2051, LogLevel.Warning, "audit: written again; {Unwritten} operations before this one are not in it")]
    private static partial void WritesAgain(ILogger logger, long unwritten);
}
