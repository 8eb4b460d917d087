using System.Collections.Concurrent;

namespace Fleet.Proxy.Tests.Support;

/// <summary>
/// An open load: every connection sends a few requests at each beat whether or not earlier ones were answered, up to a number in all.
/// Every request is counted by what became of it.
/// </summary>
internal sealed class PacedLoad
{
    private const int Keys = 2_000;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(5);

    private readonly Task[] _clients;
    private long _sent;
    private long _good;
    private long _lost;

    /// <param name="port">The proxy.</param>
    /// <param name="connections">Connections.</param>
    /// <param name="burst">Requests of a connection at each beat of 5 ms.</param>
    /// <param name="requests">Requests of a connection in all.</param>
    public PacedLoad(int port, int connections, int burst, int requests) =>
        _clients = [.. Enumerable.Range(0, connections).Select(i => ClientAsync(port, burst, requests, i))];

    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Answered with the key's value, a miss or STORED.</summary>
    public long Good => Interlocked.Read(ref _good);

    /// <summary>Answered with SERVER_ERROR.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>What the errors said.</summary>
    public ConcurrentDictionary<string, int> Errors { get; } = [];

    /// <summary>Ends when every request of every client has been answered; a wrong answer throws.</summary>
    public Task EndAsync() => Task.WhenAll(_clients);

    private async Task ClientAsync(int port, int burst, int requests, int seed)
    {
        await Task.Yield();
        using var client = new TextClient(port);
        var random = new Random(seed);
        var asked = new ConcurrentQueue<(string Key, bool Stores)>();
        Task reading = ReadAsync(client, asked, requests);
        using var timer = new PeriodicTimer(Beat, TimeProvider.System);
        for (int sent = 0; sent < requests; sent += burst)
        {
            var text = new System.Text.StringBuilder();
            for (int i = 0; i < Math.Min(burst, requests - sent); i++)
            {
                string key = $"key{random.Next(Keys)}";
                bool stores = random.Next(10) == 0;
                text.Append(stores ? $"set {key} 0 0 {key.Length + 1}\r\n{key}:\r\n" : $"get {key}\r\n");
                asked.Enqueue((key, stores));
                Interlocked.Increment(ref _sent);
            }

            await client.SendAsync(text.ToString());
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        await reading;
    }

    private async Task ReadAsync(TextClient client, ConcurrentQueue<(string Key, bool Stores)> asked, int requests)
    {
        for (int i = 0; i < requests; i++)
        {
            string line = (await client.LineAsync()).ShouldNotBeNull("the proxy keeps its clients");
            asked.TryDequeue(out (string Key, bool Stores) request).ShouldBeTrue();
            if (line.StartsWith("SERVER_ERROR", StringComparison.Ordinal))
            {
                Errors.AddOrUpdate(line, 1, (_, count) => count + 1);
                Interlocked.Increment(ref _lost);
                continue;
            }

            if (request.Stores)
            {
                line.ShouldBe("STORED");
            }
            else if (line != "END")
            {
                line.ShouldBe($"VALUE {request.Key} 0 {request.Key.Length + 1}");
                (await client.BytesAsync(request.Key.Length + 8)).ShouldBe($"{request.Key}:\r\nEND\r\n");
            }

            Interlocked.Increment(ref _good);
        }
    }
}
