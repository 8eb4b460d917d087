using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fleet.Proxy.Tests.Support;

/// <summary>A raw client: bytes out, bytes in, Latin-1 so that every byte survives.</summary>
internal sealed class TextClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;

    public TextClient(int port) => _socket.Connect(IPAddress.Loopback, port);

    public TextClient(ProxyHost host)
        : this(host.Listening["default"].Port)
    {
    }

    public Socket Socket => _socket;

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> rest)
    {
        while (!rest.IsEmpty)
        {
            rest = rest[await _socket.SendAsync(rest, TestContext.Current.CancellationToken)..];
        }
    }

    /// <summary>One line without its end; null at the end of the stream.</summary>
    public async Task<string?> LineAsync()
    {
        while (true)
        {
            int at = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (at >= 0)
            {
                string line = Encoding.Latin1.GetString(_buffer, _start, at);
                _start += at + 2;
                return line;
            }

            if (!await FillAsync())
            {
                return null;
            }
        }
    }

    public async Task<string> BytesAsync(int count)
    {
        while (_end - _start < count)
        {
            (await FillAsync()).ShouldBeTrue("the connection ended in the middle of a value");
        }

        string text = Encoding.Latin1.GetString(_buffer, _start, count);
        _start += count;
        return text;
    }

    /// <summary>At least one byte and at most so many; good until the next call.</summary>
    public async Task<ReadOnlyMemory<byte>> SomeAsync(int most)
    {
        if (_start == _end)
        {
            (await FillAsync()).ShouldBeTrue("the connection ended in the middle of a value");
        }

        int count = Math.Min(most, _end - _start);
        _start += count;
        return _buffer.AsMemory(_start - count, count);
    }

    public async Task<string?> AskAsync(string command)
    {
        await SendAsync(command + "\r\n");
        return await LineAsync();
    }

    /// <summary>The value of a key; null for a miss.</summary>
    public async Task<string?> GetAsync(string key)
    {
        string? line = await AskAsync($"get {key}");
        if (line == "END")
        {
            return null;
        }

        string[] words = line!.Split(' ');
        words[..2].ShouldBe(["VALUE", key], line);
        string value = await BytesAsync(int.Parse(words[3]));
        (await BytesAsync(7)).ShouldBe("\r\nEND\r\n");
        return value;
    }

    public async Task<string?> SetAsync(string key, string value) => await AskAsync($"set {key} 0 0 {value.Length}\r\n{value}");

    /// <summary>Everything until the other side closes.</summary>
    public async Task<string> RestAsync()
    {
        var text = new StringBuilder();
        do
        {
            text.Append(Encoding.Latin1.GetString(_buffer, _start, _end - _start));
            _start = _end;
        }
        while (await FillAsync());
        return text.ToString();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<bool> FillAsync()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            int count = await _socket.ReceiveAsync(_buffer.AsMemory(_end), limit.Token);
            _end += count;
            return count > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
