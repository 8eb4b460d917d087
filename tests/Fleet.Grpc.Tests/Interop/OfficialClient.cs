using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace Fleet.Grpc.Tests.Interop;

/// <summary>One run of an official client against a server; the tests look at what it saw.</summary>
public abstract class OfficialClient : IAsyncLifetime
{
    private JsonElement _seen;
    private string? _skip;

    protected static string Folder { get; } = Path.Combine(Testing.RepositoryRoot.Path, "tests", "Fleet.Grpc.Tests");

    /// <summary>Handlers that waited and saw their cancellation.</summary>
    public int CancelledHandlers { get; private set; }

    public async ValueTask InitializeAsync()
    {
        _skip = await MissingAsync();
        if (_skip is not null)
        {
            return;
        }

        await using ProbeServer server = await ProbeServer.StartAsync(
            options => options.ResponseCompressionAlgorithm = "gzip",
            services: services => services.AddGrpcHealth(),
            map: app =>
            {
                app.MapGrpcHealthService();
                app.MapGrpcReflectionService();
            });
        string output = await RunAsync(new Uri(server.Address).Authority);
        _seen = JsonDocument.Parse(output).RootElement;
        await Wait.UntilAsync(() => server.Log.CancelledHandlers >= 2, "the hanging handlers saw the deadline and the cancellation");
        CancelledHandlers = server.Log.CancelledHandlers;
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>What the client saw of one scenario; skips the test when the client is not installed.</summary>
    public JsonElement Saw(string scenario)
    {
        Assert.SkipWhen(_skip is not null, _skip ?? "");
        return _seen.GetProperty(scenario);
    }

    /// <summary>What the client lacks on this machine; null when it can run.</summary>
    protected abstract Task<string?> MissingAsync();

    /// <summary>Runs the client and returns its JSON.</summary>
    protected abstract Task<string> RunAsync(string authority);
}
