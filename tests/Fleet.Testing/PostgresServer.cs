using System.Diagnostics;
using System.Globalization;

namespace Fleet.Testing;

/// <summary>A private PostgreSQL cluster on a free port, as a user other than root; it ends with this process, however that ends.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static int _count;

    private readonly Process _script;

    private PostgresServer(Process script, string owner, string controller) =>
        (_script, Owner, Controller) = (script, owner, controller);

    /// <summary>Connection string of the role that may migrate.</summary>
    public string Owner { get; }

    /// <summary>Connection string of the role that controllers run as.</summary>
    public string Controller { get; }

    /// <summary>Why no server can be started here; null when one can.</summary>
    public static string? Missing =>
        !Directory.Exists("/usr/lib/postgresql") ? "PostgreSQL is not installed; eng/install-tools.sh installs it" : null;

    /// <summary>Starts a server with Fleet's two roles and an empty database.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        string folder = Path.Combine(
            Path.GetTempPath(),
            string.Create(CultureInfo.InvariantCulture, $"fleet-postgres-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}"));
        var script = Process.Start(new ProcessStartInfo(
            Path.Combine(RepositoryRoot.Path, "deploy/postgres/start-private.sh"), [folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        string owner = await SaysAsync(script, "owner ");
        string controller = await SaysAsync(script, "controller ");
        return new PostgresServer(script, owner, controller);
    }

    /// <summary>Crashes the server and starts it again.</summary>
    public Task RestartAsync() => TellAsync("restart");

    /// <summary>Crashes the server.</summary>
    public Task DownAsync() => TellAsync("down");

    /// <summary>Starts the server again.</summary>
    public Task UpAsync() => TellAsync("up");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _script.StandardInput.Close();
        await _script.WaitForExitAsync();
        _script.Dispose();
    }

    private async Task TellAsync(string command)
    {
        await _script.StandardInput.WriteLineAsync(command);
        await _script.StandardInput.FlushAsync();
        await SaysAsync(_script, "done");
    }

    private static async Task<string> SaysAsync(Process script, string prefix)
    {
        string? line = await script.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return line?.StartsWith(prefix, StringComparison.Ordinal) == true
            ? line[prefix.Length..]
            : throw new InvalidOperationException($"the private PostgreSQL said '{line}' instead of '{prefix}…'");
    }
}
