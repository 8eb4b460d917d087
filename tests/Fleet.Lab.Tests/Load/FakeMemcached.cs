using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fleet.Lab.Tests.Load;

/// <summary>A memcached of get and set that a test can corrupt, hold and cut.</summary>
internal sealed class FakeMemcached : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, string> _values = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly Task _accepting;
    private int _reads;

    public FakeMemcached()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Answers a read (its number, the right reply) with something else.</summary>
    public Func<int, string, string> OnRead { get; set; } = (_, reply) => reply;

    /// <summary>Answers a store.</summary>
    public Func<string> OnStore { get; set; } = () => "STORED\r\n";

    /// <summary>Reads wait for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int Stored => _values.Count;

    /// <summary>Cuts every connection.</summary>
    public void CutAll()
    {
        while (_clients.TryTake(out TcpClient? client))
        {
            client.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        CutAll();

        // A listener that stops while it is asked for the next client does not say that it was stopped.
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                client.NoDelay = true;
                _clients.Add(client);
                serving.Add(ServeAsync(client));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            CutAll();
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            NetworkStream stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII);
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                string[] words = line.Split(' ');
                string reply = words[0] == "set" ? await StoreAsync(reader, words[1]) : await ReadAsync(words[1]);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(reply), _stop.Token);
            }
        }
        catch (Exception cut)
            when (cut is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            client.Dispose();
        }
    }

    private async Task<string> StoreAsync(StreamReader reader, string key)
    {
        _values[key] = await reader.ReadLineAsync(_stop.Token) ?? "";
        return OnStore();
    }

    private async Task<string> ReadAsync(string key)
    {
        await Gate.WaitAsync(_stop.Token);
        string reply = _values.TryGetValue(key, out string? value) ? $"VALUE {key} 0 {value.Length}\r\n{value}\r\nEND\r\n" : "END\r\n";
        return OnRead(Interlocked.Increment(ref _reads), reply);
    }
}
