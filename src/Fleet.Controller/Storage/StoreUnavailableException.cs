using Fleet.Controller.Storage.Postgres;
using Npgsql;

namespace Fleet.Controller.Storage;

/// <summary>The store does not answer, or not in time: nothing is known to be written.</summary>
internal sealed class StoreUnavailableException(string message, Exception cause) : IOException(message, cause)
{
    /// <summary>Runs a call of the database; its failures become this exception.</summary>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (NpgsqlException failure)
        {
            throw new StoreUnavailableException($"postgres: {PostgresSchema.Reason(failure)}", failure);
        }
    }
}
