namespace Fleet.Proxy.Tests.Support;

/// <summary>Clients that set and get keys whose values carry the key, until stopped, and count what they meet.</summary>
internal sealed class Load
{
    private const int Keys = 500;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _clients;
    private long _done;
    private long _failed;

    public Load(int port, int clients, Func<string, bool>? tolerate = null) =>
        _clients = [.. Enumerable.Range(0, clients).Select(i => ClientAsync(port, i, tolerate ?? (_ => false)))];

    public long Done => Interlocked.Read(ref _done);

    public long Failed => Interlocked.Read(ref _failed);

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
        _stop.Dispose();
    }

    private async Task ClientAsync(int port, int seed, Func<string, bool> tolerate)
    {
        await Task.Yield();
        using var client = new TextClient(port);
        var random = new Random(seed);
        while (!_stop.IsCancellationRequested)
        {
            string key = $"key{random.Next(Keys)}";
            if (random.Next(10) == 0)
            {
                string? stored = await client.SetAsync(key, $"{key}:{new string('v', random.Next(2_000))}");
                Check(stored == "STORED" || Tolerated(stored, tolerate), $"set {key}: {stored}");
            }
            else
            {
                await GetAsync(client, key, tolerate);
            }

            Interlocked.Increment(ref _done);
        }
    }

    private async Task GetAsync(TextClient client, string key, Func<string, bool> tolerate)
    {
        string? line = await client.AskAsync($"get {key}");
        if (line == "END" || Tolerated(line, tolerate))
        {
            return;
        }

        string[] words = line?.Split(' ') ?? [];
        Check(words.Length == 4 && words[1] == key, $"get {key}: {line}");
        string value = await client.BytesAsync(int.Parse(words[3]) + 7);
        Check(value.StartsWith(key + ":", StringComparison.Ordinal), $"value of {key}");
        Check(value.EndsWith("\r\nEND\r\n", StringComparison.Ordinal), $"end of {key}");
    }

    private bool Tolerated(string? line, Func<string, bool> tolerate)
    {
        if (line is null || !tolerate(line))
        {
            return false;
        }

        Interlocked.Increment(ref _failed);
        return true;
    }

    private static void Check(bool condition, string what) => condition.ShouldBeTrue(what);
}
