using System.Net.Sockets;
using System.Text;

namespace Fleet.Proxy.Tests.Support;

/// <summary>A node that stores nothing: it checks stored values against the pattern, and answers every mg with a value of the pattern.</summary>
internal sealed class EndlessNode : IDisposable
{
    private readonly NodeListener _listener;
    private readonly long _bytes;
    private long _stored;

    public EndlessNode(long bytes)
    {
        _bytes = bytes;
        _listener = new NodeListener(ServeAsync);
    }

    public string Address => _listener.Address;

    /// <summary>Bytes of values that arrived as they should.</summary>
    public long Stored => Interlocked.Read(ref _stored);

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[128 * 1024];
            int have = 0;
            try
            {
                while (true)
                {
                    int end = buffer.AsSpan(0, have).IndexOf((byte)'\n');
                    if (end < 0)
                    {
                        int count = await socket.ReceiveAsync(buffer.AsMemory(have), _listener.End);
                        if (count == 0)
                        {
                            return;
                        }

                        have += count;
                        continue;
                    }

                    string[] words = Encoding.Latin1.GetString(buffer, 0, end).Trim().Split(' ');
                    Shift(buffer, ref have, end + 1);
                    have = await AnswerAsync(socket, words, buffer, have);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The proxy closed, or the test is over.
            }
        }
    }

    private async Task<int> AnswerAsync(Socket socket, string[] words, byte[] buffer, int have)
    {
        switch (words[0])
        {
            case "set":
                return await StoreAsync(socket, long.Parse(words[4]), buffer, have);
            case "mg":
                await SendAsync(socket, words);
                return have;
            default:
                await socket.SendAsync("VERSION 1.6.18\r\n"u8.ToArray(), _listener.End);
                return have;
        }
    }

    private async Task<int> StoreAsync(Socket socket, long bytes, byte[] buffer, int have)
    {
        for (long got = 0; got < bytes;)
        {
            int count = (int)Math.Min(have, bytes - got);
            if (!Pattern.Holds(buffer.AsSpan(0, count), got))
            {
                throw new SocketException((int)SocketError.Fault);
            }

            got += count;
            Interlocked.Add(ref _stored, count);
            Shift(buffer, ref have, count);
            have += got < bytes ? await MoreAsync(socket, buffer.AsMemory(have)) : 0;
        }

        while (have < 2)
        {
            have += await MoreAsync(socket, buffer.AsMemory(have));
        }

        Shift(buffer, ref have, 2);
        await socket.SendAsync("STORED\r\n"u8.ToArray(), _listener.End);
        return have;
    }

    private async Task<int> MoreAsync(Socket socket, Memory<byte> room)
    {
        int count = await socket.ReceiveAsync(room, _listener.End);
        return count > 0 ? count : throw new SocketException((int)SocketError.ConnectionReset);
    }

    private async Task SendAsync(Socket socket, string[] words)
    {
        string flags = string.Concat(words[2..].Where(w => w is "k" or "f" or "c")
            .Select(w => w == "k" ? $" k{words[1]}" : w == "f" ? " f0" : " c1"));
        await socket.SendAsync(Encoding.Latin1.GetBytes($"VA {_bytes}{flags}\r\n"), _listener.End);
        byte[] piece = new byte[128 * 1024];
        for (long sent = 0; sent < _bytes;)
        {
            int count = (int)Math.Min(piece.Length, _bytes - sent);
            Pattern.Fill(piece.AsSpan(0, count), sent);
            for (int done = 0; done < count;)
            {
                done += await socket.SendAsync(piece.AsMemory(done, count - done), _listener.End);
            }

            sent += count;
        }

        await socket.SendAsync("\r\n"u8.ToArray(), _listener.End);
    }

    private static void Shift(byte[] buffer, ref int have, int count)
    {
        buffer.AsSpan(count, have - count).CopyTo(buffer);
        have -= count;
    }
}
