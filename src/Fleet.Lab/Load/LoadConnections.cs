using System.Net;
using Fleet.Hosting.Errors;

namespace Fleet.Lab.Load;

/// <summary>The load's connections and the set that watches them: made at start, replaced when lost or too slow.</summary>
internal sealed class LoadConnections : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(100);
    private readonly IPEndPoint _target;
    private readonly TimeProvider _time;
    private readonly TimeSpan _requestTimeout;
    private readonly LoadTally _tally;
    private readonly LoadConnection[] _all;
    private readonly EpollSet _epoll = new();
    private readonly double _nsPerTick;
    private long _nextUpkeep;

    /// <summary>Lays out the connections; <see cref="Open"/> makes them.</summary>
    public LoadConnections(LoadOptions options, IPEndPoint target, TimeProvider time, LoadTally tally)
    {
        _target = target;
        _time = time;
        _tally = tally;
        _requestTimeout = options.RequestTimeout;
        _nsPerTick = 1e9 / time.TimestampFrequency;
        _all = [.. Enumerable.Range(0, options.Connections).Select(i => new LoadConnection(i, target, options.MaxOutstanding))];
    }

    /// <summary>Connections on which requests can be sent.</summary>
    public int OpenCount { get; private set; }

    /// <summary>Number of connections, open or not.</summary>
    public int Count => _all.Length;

    /// <summary>Whether a request waits for its answer.</summary>
    public bool AnyOutstanding => Array.Exists(_all, c => c.Outstanding > 0);

    /// <summary>Makes all connections.</summary>
    /// <exception cref="StartupException">The target cannot be reached.</exception>
    public void Open()
    {
        foreach (LoadConnection connection in _all)
        {
            string? error = connection.BeginConnect();
            if (error is null && !connection.TryFinishConnect((int)ConnectTimeout.TotalMicroseconds, out error))
            {
                error = $"no answer within {ConnectTimeout.TotalSeconds} s";
            }

            if (error is not null)
            {
                throw new StartupException($"cannot connect to --target {_target}: {error}; start the server there or give another target");
            }

            Opened(connection);
        }
    }

    /// <summary>Queues a request on the first connection with room from <paramref name="first"/> on; false when all are full.</summary>
    public bool TryEnqueue(ItemCatalog items, PendingRequest request, int first)
    {
        for (int i = 0; i < _all.Length; i++)
        {
            LoadConnection connection = _all[(first + i) % _all.Length];
            if (connection.IsOpen && connection.TryEnqueue(items, request))
            {
                connection.IsDirty = true;
                return true;
            }
        }

        return false;
    }

    /// <summary>Sends what was queued.</summary>
    public void Flush()
    {
        foreach (LoadConnection connection in _all)
        {
            if (connection.IsDirty)
            {
                Flush(connection);
            }
        }
    }

    /// <summary>Sleeps until a clock tick or until something arrived; returns how many connections are ready.</summary>
    public int Wait(long until) => _epoll.Wait(Math.Max(0, (long)((until - _time.GetTimestamp()) * _nsPerTick)));

    /// <summary>Ready connection number <paramref name="index"/> with its bytes received; null when it was lost.</summary>
    public LoadConnection? Receive(int index)
    {
        LoadConnection connection = _all[_epoll.Token(index)];
        if (connection.IsOpen && connection.HasUnsentBytes)
        {
            Flush(connection);
        }

        if (connection.IsOpen && !connection.Receive())
        {
            Lose(connection);
        }

        return connection.IsOpen ? connection : null;
    }

    /// <summary>Gives a connection up; its waiting requests fail.</summary>
    public void Lose(LoadConnection connection)
    {
        OpenCount--;
        _tally.Window.ConnectionErrors += connection.Close();
        connection.ConnectAt = 0;
    }

    /// <summary>Every 10 ms: fails requests that waited too long, makes lost connections again.</summary>
    public void Upkeep(long now)
    {
        if (now < _nextUpkeep)
        {
            return;
        }

        // After a stall of this thread itself the answers may lie in the sockets: they are read before anything counts as too slow.
        bool stalled = IsOlder(_nextUpkeep, now, TimeSpan.FromMilliseconds(20));
        _nextUpkeep = now + (_time.TimestampFrequency / 100);
        foreach (LoadConnection connection in _all)
        {
            if (connection.IsOpen)
            {
                if (!stalled)
                {
                    CloseWhenSlow(connection, now);
                }
            }
            else if (connection.IsConnecting)
            {
                GoOnConnecting(connection, now);
            }
            else if (IsOlder(connection.ConnectAt, now, ReconnectPause))
            {
                connection.ConnectAt = now;
                connection.BeginConnect();
            }
        }
    }

    /// <summary>Closes everything; requests that still wait count as timed out.</summary>
    public void CloseAll()
    {
        foreach (LoadConnection connection in _all)
        {
            _tally.Window.Timeouts += connection.Close();
        }

        OpenCount = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LoadConnection connection in _all)
        {
            connection.Dispose();
        }

        _epoll.Dispose();
    }

    private void CloseWhenSlow(LoadConnection connection, long now)
    {
        if (connection.Outstanding > 0 && IsOlder(connection.Oldest.SentAt, now, _requestTimeout))
        {
            OpenCount--;
            _tally.Window.Timeouts += connection.Close();
            connection.ConnectAt = 0;
        }
    }

    private void GoOnConnecting(LoadConnection connection, long now)
    {
        if (connection.TryFinishConnect(0, out _) && connection.IsOpen)
        {
            Opened(connection);
        }
        else if (IsOlder(connection.ConnectAt, now, ConnectTimeout))
        {
            connection.Close();
            connection.ConnectAt = now;
        }
    }

    private void Opened(LoadConnection connection)
    {
        OpenCount++;
        _epoll.Add(connection.Fd, connection.Token, writable: false);
    }

    private void Flush(LoadConnection connection)
    {
        connection.IsDirty = false;
        if (!connection.Flush())
        {
            Lose(connection);
        }
        else if (connection.HasUnsentBytes != connection.IsWatchedForRoom)
        {
            connection.IsWatchedForRoom = connection.HasUnsentBytes;
            _epoll.Modify(connection.Fd, connection.Token, connection.IsWatchedForRoom);
        }
    }

    private bool IsOlder(long since, long now, TimeSpan age) => now - since > age.TotalSeconds * _time.TimestampFrequency;
}
