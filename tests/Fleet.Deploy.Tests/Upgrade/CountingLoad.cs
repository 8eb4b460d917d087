using Fleet.Testing;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>Counting clients, some one request at a time and some twenty at a time, from start to stop.</summary>
internal sealed class CountingLoad
{
    private const int PipelineDepth = 20;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _running;

    public CountingLoad(int clients, params int[] ports)
        : this(clients, encrypted: false, ports)
    {
    }

    public CountingLoad(int clients, bool encrypted, params int[] ports)
    {
        Clients =
            [.. Enumerable.Range(0, clients).Select(i => new CountingClient($"count{i}", i % 2 == 0 ? 1 : PipelineDepth, encrypted, ports))];
        _running = [.. Clients.Select(c => Task.Run(() => c.RunAsync(_stop.Token)))];
    }

    public IReadOnlyList<CountingClient> Clients { get; }

    public int Connections => Clients.Sum(c => c.Connections);

    /// <summary>Waits until every client has counted on by so much.</summary>
    public async Task GoesOnAsync(int by = 200)
    {
        long[] wanted = [.. Clients.Select(c => c.Count + by)];
        await Eventually.TrueAsync(
            () => _running.FirstOrDefault(r => r.IsFaulted) is { } failed
                ? throw failed.Exception!
                : Clients.Zip(wanted).All(c => c.First.Count >= c.Second),
            "every client is answered",
            60);
    }

    /// <summary>Stops; every increment that was sent has been answered, each once.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(60));
        _stop.Dispose();
    }
}
