using System.Text.Json;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Cluster;

/// <summary>Shows the other controllers how this one's pools stand, and reads how theirs do, so that each can answer for the whole fleet.</summary>
/// <param name="table">The cluster's memory.</param>
/// <param name="directory">The pools.</param>
/// <param name="host">Clock and log.</param>
internal sealed partial class StatusBoard(LeaseTable table, PoolDirectory directory, GrainHost host)
{
    private readonly Dictionary<string, long> _written = new(StringComparer.Ordinal);
    private DateTime _seen = DateTime.UnixEpoch;
    private bool _failing;

    /// <summary>Writes and reads once a second while there are others, until cancelled.</summary>
    public async Task RunAsync(Func<bool> others, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(ClusterTimings.Beat, host.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false))
            {
                if (others())
                {
                    await ExchangeAsync(ct).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The controller stops.
        }
    }

    private async Task ExchangeAsync(CancellationToken ct)
    {
        try
        {
            foreach (PoolGrain grain in directory.Grains)
            {
                await WriteAsync(grain, ct).ConfigureAwait(false);
            }

            string[] mine = [.. directory.Grains.Select(g => g.PoolId)];
            foreach ((string poolId, DateTime writtenAt, string value) in
                await table.ReadStatusesAsync(_seen, mine, ct).ConfigureAwait(false))
            {
                if (JsonSerializer.Deserialize<PoolStatusDocument>(value, DocumentJson.Line) is { } status)
                {
                    directory.Note(poolId, status);
                }

                _seen = writtenAt > _seen ? writtenAt : _seen;
            }

            _failing = false;
        }
        catch (Exception failure) when (failure is IOException or JsonException)
        {
            if (!_failing)
            {
                _failing = true;
                Failed(host.Logger, failure.Message);
            }
        }
    }

    private async Task WriteAsync(PoolGrain grain, CancellationToken ct)
    {
        if (!grain.Lease.Held || grain.Picture is not { } picture
            || (_written.TryGetValue(grain.PoolId, out long at)
                && host.Time.GetElapsedTime(at) < ClusterTimings.Status(picture.Document.Nodes.Length)))
        {
            return;
        }

        _written[grain.PoolId] = host.Time.GetTimestamp();
        var status = new PoolStatusDocument(picture.View, picture.AgentErrors);
        await table.WriteStatusAsync(grain.Lease, JsonSerializer.Serialize(status, DocumentJson.Line), ct).ConfigureAwait(false);
    }

    [LoggerMessage(2048, LogLevel.Warning, "cluster: statuses could not be exchanged: {Problem}")]
    private static partial void Failed(ILogger logger, string problem);
}
