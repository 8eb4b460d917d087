using System.Text.Json;
using System.Threading.Channels;
using Dapper;
using Fleet.Controller.Storage;
using Fleet.Controller.Storage.Postgres;
using Fleet.Core.Control;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fleet.Controller.Audit;

/// <summary>
/// Decisions in the database, where every controller finds those of all. Deciding never waits for it: rows are written in batches in the
/// background, and while the database is away the latest wait in memory.
/// </summary>
internal sealed partial class PostgresDecisionLog : IDecisionLog, IAsyncDisposable
{
    private const int Waiting = 10_000;
    private const int Batch = 500;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly ILogger _logger;
    private readonly Channel<Row> _rows = Channel.CreateBounded<Row>(
        new BoundedChannelOptions(Waiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writer;

    /// <summary>Starts the writer.</summary>
    public PostgresDecisionLog(NpgsqlDataSource source, ILogger logger)
    {
        (_source, _logger) = (source, logger);
        _writer = Task.Run(WriteAsync);
    }

    /// <inheritdoc/>
    public void Add(string poolId, DecisionRecord decision) => _rows.Writer.TryWrite(new Row(
        decision.At.UtcDateTime, poolId, decision.NodeId, JsonSerializer.Serialize(decision, DocumentJson.Line)));

    /// <inheritdoc/>
    public IReadOnlyList<DecisionRecord> Latest(string poolId, string? nodeId, int limit)
    {
        try
        {
            using NpgsqlConnection connection = _source.OpenConnection();
            return
            [
                .. connection.Query<string>(
                    $"select record from fleet.decisions where pool_id = @poolId {(nodeId is null ? "" : "and node_id = @nodeId")} "
                    + "order by id desc limit @limit",
                    new { poolId, nodeId, limit })
                    .Select(r => JsonSerializer.Deserialize<DecisionRecord>(r, DocumentJson.Line)!),
            ];
        }
        catch (NpgsqlException failure)
        {
            throw new StoreUnavailableException($"postgres: {PostgresSchema.Reason(failure)}", failure);
        }
    }

    /// <summary>Writes what waits, for at most a few seconds, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _rows.Writer.TryComplete();
        _stop.CancelAfter(TimeSpan.FromSeconds(3));
        await _writer.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WriteAsync()
    {
        var batch = new List<Row>(Batch);
        bool failing = false;
        try
        {
            while (batch.Count > 0 || await _rows.Reader.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                while (batch.Count < Batch && _rows.Reader.TryRead(out Row? row))
                {
                    batch.Add(row);
                }

                try
                {
                    await WriteAsync(batch, _stop.Token).ConfigureAwait(false);
                    batch.Clear();
                    failing = false;
                }
                catch (NpgsqlException failure)
                {
                    if (!failing)
                    {
                        failing = true;
                        WriteFailed(_logger, batch.Count, PostgresSchema.Reason(failure));
                    }

                    await Task.Delay(Retry, TimeProvider.System, _stop.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The controller stops and the database is away: the decisions that wait are lost, what they decided is not.
        }
    }

    private async Task WriteAsync(List<Row> batch, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync(ct).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into fleet.decisions (at, pool_id, node_id, epoch, record) "
            + "select t.at, t.pool_id, t.node_id, coalesce((select epoch from fleet.leases l where l.pool_id = t.pool_id), 0), t.record::json "
            + "from unnest(@at, @pools, @nodes, @records) as t (at, pool_id, node_id, record)",
            new
            {
                at = batch.Select(r => r.At).ToArray(),
                pools = batch.Select(r => r.PoolId).ToArray(),
                nodes = batch.Select(r => r.NodeId).ToArray(),
                records = batch.Select(r => r.Record).ToArray(),
            },
            cancellationToken: ct)).ConfigureAwait(false);
    }

    private sealed record Row(DateTime At, string PoolId, string NodeId, string Record);

    [LoggerMessage(2049, LogLevel.Warning, "audit: {Count} decisions wait in memory: {Problem}")]
    private static partial void WriteFailed(ILogger logger, int count, string problem);
}
