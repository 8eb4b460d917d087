using System.Net.Sockets;
using System.Text;

namespace Fleet.Proxy.Tests.Support;

/// <summary>A node that misbehaves as told: for each command line that arrives it sends what the script says.</summary>
internal sealed class FakeNode : IDisposable
{
    private readonly NodeListener _listener;
    private readonly Func<Stream, string, Task<bool>> _answer;

    /// <param name="script">Line in, bytes out (Latin-1); null closes the connection.</param>
    /// <param name="isLast">Bytes out, true when the connection closes after them.</param>
    public FakeNode(Func<string, Task<string?>> script, Func<string, bool>? isLast = null)
        : this(async (stream, line) =>
        {
            if (await script(line) is not { } reply)
            {
                return false;
            }

            await stream.WriteAsync(Encoding.Latin1.GetBytes(reply));
            return isLast?.Invoke(reply) != true;
        })
    {
    }

    /// <param name="answer">Given the connection and a line, answers it itself; false closes the connection.</param>
    public FakeNode(Func<Stream, string, Task<bool>> answer)
    {
        _answer = answer;
        _listener = new NodeListener(ServeAsync);
    }

    public string Address => _listener.Address;

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(Socket socket)
    {
        using (var stream = new NetworkStream(socket, ownsSocket: true))
        {
            using var reader = new StreamReader(stream, Encoding.Latin1);
            try
            {
                while (await reader.ReadLineAsync(_listener.End) is { } line && await _answer(stream, line))
                {
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
            {
                // The proxy closed, or the test is over.
            }
        }
    }
}
