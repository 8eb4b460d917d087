using System.Diagnostics;
using Dapper;
using Fleet.Hosting.Errors;
using Npgsql;

namespace Fleet.Cli.Bench.Failover;

/// <summary>A private PostgreSQL of the run, with a log of take-overs by its own clock.</summary>
internal sealed class FailoverDatabase : IAsyncDisposable
{
    private readonly Process _script;

    private FailoverDatabase(Process script, string owner, string controller) => (_script, Owner, Controller) = (script, owner, controller);

    /// <summary>Connection string of the role that may migrate.</summary>
    public string Owner { get; }

    /// <summary>Connection string of the controllers.</summary>
    public string Controller { get; }

    /// <summary>Starts the server in a folder, on the address of the hub.</summary>
    /// <exception cref="StartupException">It cannot be started.</exception>
    public static async Task<FailoverDatabase> StartAsync(string script, string folder)
    {
        var start = new ProcessStartInfo(script, [folder, "5432", FailoverSpaces.Hub, FailoverSpaces.Networks])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        string owner = await SaysAsync(process, "owner ").ConfigureAwait(false);
        string controller = await SaysAsync(process, "controller ").ConfigureAwait(false);
        return new FailoverDatabase(process, owner, controller);
    }

    /// <summary>Logs every take-over from now on. The schema must be there.</summary>
    public Task WatchAsync() => ExecuteAsync("""
        create table fleet.takeovers (pool_id text, epoch bigint, owner text, at timestamptz);
        create function fleet.log_takeover() returns trigger security definer language plpgsql as $$
        begin
            insert into fleet.takeovers values (new.pool_id, new.epoch, new.owner, clock_timestamp());
            return null;
        end $$;
        create trigger log_takeover after update on fleet.leases
            for each row when (new.epoch <> old.epoch) execute function fleet.log_takeover();
        """);

    /// <summary>The database's clock.</summary>
    public Task<DateTime> NowAsync() => ScalarAsync<DateTime>("select clock_timestamp()", new { });

    /// <summary>Owner and epoch of the pool; an empty owner when it is free.</summary>
    public async Task<(string Owner, long Epoch)> LeaseAsync(string pool)
    {
        await using var connection = new NpgsqlConnection(Owner);
        return await connection.QuerySingleOrDefaultAsync<(string, long)>(
            "select case when expires_at > clock_timestamp() then coalesce(owner, '') else '' end, epoch from fleet.leases where pool_id = @pool",
            new { pool }).ConfigureAwait(false);
    }

    /// <summary>Seconds from a time, and from a controller's last heartbeat before, until an epoch began.</summary>
    public async Task<(double SinceStrike, double SinceHeartbeat)> TakeOverAsync(string pool, long epoch, DateTime strike, DateTime heartbeat)
    {
        DateTime at = await ScalarAsync<DateTime>(
            "select at from fleet.takeovers where pool_id = @pool and epoch = @epoch", new { pool, epoch }).ConfigureAwait(false);
        return ((at - strike).TotalSeconds, (at - heartbeat).TotalSeconds);
    }

    /// <summary>The last heartbeat of a controller.</summary>
    public Task<DateTime> HeartbeatAsync(string controller) => ScalarAsync<DateTime>(
        "select heartbeat_at from fleet.controllers where controller_id = @controller", new { controller });

    /// <summary>The admin address of a controller.</summary>
    public Task<string?> AddressAsync(string controller) => ScalarAsync<string?>(
        "select address from fleet.controllers where controller_id = @controller", new { controller });

    /// <summary>How many controllers are alive.</summary>
    public Task<int> AliveAsync() => ScalarAsync<int>(
        "select count(*)::int from fleet.controllers where heartbeat_at > clock_timestamp() - interval '5 seconds'", new { });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        _script.StandardInput.Close();
        await _script.WaitForExitAsync().ConfigureAwait(false);
        _script.Dispose();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.ExecuteAsync(sql).ConfigureAwait(false);
    }

    private async Task<T> ScalarAsync<T>(string sql, object values)
    {
        await using var connection = new NpgsqlConnection(Owner);
        return (await connection.ExecuteScalarAsync<T>(sql, values).ConfigureAwait(false))!;
    }

    private static async Task<string> SaysAsync(Process script, string prefix)
    {
        string? line = await script.StandardOutput.ReadLineAsync().ConfigureAwait(false);
        return line?.StartsWith(prefix, StringComparison.Ordinal) == true
            ? line[prefix.Length..]
            : throw new StartupException($"the private PostgreSQL did not start: it said '{line}'; it needs the package postgresql");
    }
}
