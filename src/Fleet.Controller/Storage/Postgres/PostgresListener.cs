using Dapper;
using Npgsql;

namespace Fleet.Controller.Storage.Postgres;

/// <summary>
/// Hears the database's wake-up calls on a connection of its own. A call that is lost costs nothing but time: whoever is woken also looks
/// by itself once a second.
/// </summary>
/// <param name="source">The database.</param>
/// <param name="time">Clock and timers.</param>
internal sealed class PostgresListener(NpgsqlDataSource source, TimeProvider time)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>Listens until cancelled; connects again when the connection breaks.</summary>
    /// <param name="wake">Called for every notification, and after every connecting.</param>
    /// <param name="ct">Ends it.</param>
    public async Task RunAsync(Action wake, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using NpgsqlConnection connection = await source.OpenConnectionAsync(ct).ConfigureAwait(false);
                connection.Notification += (_, _) => wake();
                await connection.ExecuteAsync(new CommandDefinition("listen fleet", cancellationToken: ct)).ConfigureAwait(false);
                wake();
                while (true)
                {
                    await connection.WaitAsync(ct).ConfigureAwait(false);
                }
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or ObjectDisposedException)
            {
                await Task.Delay(Retry, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
