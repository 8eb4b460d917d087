using Fleet.Testing;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>Web clients, every third with a connection for each request, from start to stop.</summary>
internal sealed class WebLoad : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly WebClient[] _clients;
    private readonly Task[] _running;

    public WebLoad(int clients, params int[] ports)
    {
        _clients = [.. Enumerable.Range(0, clients).Select(i => new WebClient($"w{i}", i % 3 != 2, ports))];
        _running = [.. _clients.Select(c => Task.Run(() => c.RunAsync(_stop.Token)))];
    }

    /// <summary>Waits until every client has been answered so many times more.</summary>
    public async Task GoesOnAsync(int by = 50)
    {
        int[] wanted = [.. _clients.Select(c => c.Count + by)];
        await Eventually.TrueAsync(
            () => _running.FirstOrDefault(r => r.IsFaulted) is { } failed
                ? throw failed.Exception!
                : _clients.Zip(wanted).All(c => c.First.Count >= c.Second),
            "every web client is answered",
            60);
    }

    /// <summary>Stops; every request that was sent has been answered.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(60));
    }

    public void Dispose()
    {
        Array.ForEach(_clients, c => c.Dispose());
        _stop.Dispose();
    }
}
