using System.Globalization;
using System.Net;
using System.Text;
using Fleet.Hosting.Errors;
using Fleet.Proxy.Native;
using Fleet.Proxy.Pools;

namespace Fleet.Proxy.Handover;

/// <summary>The proxy that this process takes over from: its pools, its listening sockets, and then its clients one by one.</summary>
internal sealed class Predecessor : IDisposable
{
    private const int PatienceMs = 60_000;
    private readonly HandoverChannel _channel;
    private readonly List<InheritedListener> _listeners = [];

    private Predecessor(HandoverChannel channel) => _channel = channel;

    /// <summary>The pools in force there.</summary>
    public IReadOnlyList<PoolRecord> Pools { get; private set; } = [];

    /// <summary>The predecessor that started this process; null when nobody did. Waits for everything that a start needs.</summary>
    /// <exception cref="StartupException">The predecessor ended, or speaks another version.</exception>
    public static Predecessor? Find()
    {
        if (Environment.GetEnvironmentVariable(Successor.Variable) is not { Length: > 0 } text)
        {
            return null;
        }

        Environment.SetEnvironmentVariable(Successor.Variable, null);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int fd))
        {
            throw new StartupException($"variable {Successor.Variable} is '{text}': only a proxy that hands over sets it; unset it");
        }

        var found = new Predecessor(new HandoverChannel(fd));
        try
        {
            found.Take();
            return found;
        }
        catch (Exception failure) when (failure is IOException or TimeoutException)
        {
            found.Dispose();
            throw new StartupException($"the proxy that hands over is gone ({failure.Message}); start this one by itself", failure);
        }
    }

    /// <summary>The sockets on which the predecessor listened for a pool, when the pool still listens there.</summary>
    public IReadOnlyList<int> TakeListeners(string poolId, IPEndPoint wanted)
    {
        InheritedListener[] mine = [.. _listeners.Where(l => string.Equals(l.PoolId, poolId, StringComparison.OrdinalIgnoreCase)
            && l.Bound.Address.Equals(wanted.Address) && (wanted.Port == 0 || wanted.Port == l.Bound.Port))];
        _listeners.RemoveAll(mine.Contains);
        return [.. mine.Select(l => l.Descriptor)];
    }

    /// <summary>Tells that this process serves, closes what nobody wanted, and takes connections until none is left.</summary>
    /// <param name="take">Takes one client or tunnel.</param>
    public void TakeClients(Action<Handed> take)
    {
        int server = -1;
        _listeners.ForEach(l => Libc.Close(l.Descriptor));
        _listeners.Clear();
        try
        {
            _channel.Send(HandoverKind.Serving, []);
            while (_channel.Receive(-1) is { Kind: not HandoverKind.None } message)
            {
                if (message is { Kind: HandoverKind.Client, Descriptor: >= 0 })
                {
                    take(ClientState.Parse(message));
                }
                else if (message.Kind == HandoverKind.TunnelServer)
                {
                    server = message.Descriptor;
                }
                else if (message.Kind == HandoverKind.Tunnel)
                {
                    take(TunnelState.Parse(message, server));
                    server = -1;
                }
            }
        }
        catch (IOException)
        {
            // The predecessor died: what it had not handed over went with it.
        }
    }

    public void Dispose() => _channel.Dispose();

    private void Take()
    {
        _channel.Send(HandoverKind.Hello, [Successor.Version]);
        while (true)
        {
            HandoverMessage message = _channel.Receive(PatienceMs);
            switch (message.Kind)
            {
                case HandoverKind.Pools:
                    Pools = StateFile.Parse(message.Payload);
                    break;
                case HandoverKind.Listener:
                    string[] words = Encoding.UTF8.GetString(message.Payload).Split('\n');
                    _listeners.Add(new InheritedListener(words[0], IPEndPoint.Parse(words[1]), message.Descriptor));
                    break;
                case HandoverKind.Ready:
                    return;
                case HandoverKind.None:
                    throw new IOException("it ended before it had told everything");
                default:
                    break;
            }
        }
    }
}
