namespace Fleet.Proxy.Tests.Support;

/// <summary>Clients of one protocol that set and get keys whose values carry the key, until stopped.</summary>
internal sealed class ProtocolLoad
{
    private const int Keys = 300;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _clients;
    private long _done;

    public ProtocolLoad(int clients, Func<ISpeaker> open) => _clients = [.. Enumerable.Range(0, clients).Select(i => ClientAsync(open, i))];

    public long Done => Interlocked.Read(ref _done);

    /// <summary>A client has ended, which it does before it is told to only by failing.</summary>
    public bool HasFailed => _clients.Any(c => c.IsCompleted);

    /// <summary>Ends every client; a reply that was no value of its key, an error or a lost connection throws here.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
        _stop.Dispose();
    }

    private async Task ClientAsync(Func<ISpeaker> open, int seed)
    {
        await Task.Yield();
        using ISpeaker speaker = open();
        var random = new Random(seed);
        while (!_stop.IsCancellationRequested)
        {
            string key = $"key{random.Next(Keys)}";
            if (random.Next(5) == 0)
            {
                (await speaker.SetAsync(key, $"{key}:{new string('v', random.Next(2_000))}")).ShouldBeNull();
            }
            else if (await speaker.GetAsync(key) is { } value)
            {
                value.ShouldStartWith(key + ":");
            }

            Interlocked.Increment(ref _done);
        }
    }
}
