using System.Text.Json;
using Dapper;
using Fleet.Controller.Storage;
using Fleet.Controller.Storage.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fleet.Controller.Audit;

/// <summary>Writes of operators in the database, from all controllers, in the order in which the database took them.</summary>
/// <param name="source">The database; the controllers' role may add rows and change none.</param>
/// <param name="logger">Says when a row could not be written: operating goes on without it.</param>
internal sealed partial class PostgresOperationLog(NpgsqlDataSource source, ILogger logger) : IOperationLog
{
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
            WriteFailed(logger, operation.Method, operation.Actor, operation.Outcome, PostgresSchema.Reason(failure));
        }
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

    [LoggerMessage(2050, LogLevel.Warning, "audit: {Method} by {Actor} ({Outcome}) could not be written: {Problem}")]
    private static partial void WriteFailed(ILogger logger, string method, string actor, string outcome, string problem);
}
