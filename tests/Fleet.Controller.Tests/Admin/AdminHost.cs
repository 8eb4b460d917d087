using Fleet.Grpc.Client;
using Fleet.Testing;
using Fleet.V1;

namespace Fleet.Controller.Tests.Admin;

/// <summary>A whole controller on a folder of its own, with a client.</summary>
internal sealed class AdminHost : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private CancellationTokenSource _stop = new();
    private Task _controller = Task.CompletedTask;
    private FleetChannel? _channel;

    public AdminService.AdminServiceClient Admin { get; private set; } = null!;

    public string DataDirectory => _folder.Path;

    public static async Task<AdminHost> StartAsync()
    {
        var host = new AdminHost();
        await host.BeginAsync();
        return host;
    }

    /// <summary>Ends the controller and starts another one on the same folder.</summary>
    public async Task RestartAsync()
    {
        await EndAsync();
        _stop = new CancellationTokenSource();
        await BeginAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _folder.Dispose();
    }

    private async Task BeginAsync()
    {
        var ready = new TaskCompletionSource<string>();
        var options = new ControllerOptions { Listen = "127.0.0.1:0", DataDirectory = _folder.Path };
        _controller = ControllerHost.RunAsync(options, TimeProvider.System, ready.SetResult, _stop.Token);
        await Task.WhenAny(ready.Task, _controller);
        _channel = FleetChannel.ForAddress(ready.Task.IsCompleted ? await ready.Task : throw new InvalidOperationException(
            "the controller ended", _controller.Exception));
        Admin = new AdminService.AdminServiceClient(_channel);
    }

    private async Task EndAsync()
    {
        _channel?.Dispose();
        await _stop.CancelAsync();
        await _controller;
        _stop.Dispose();
    }
}
