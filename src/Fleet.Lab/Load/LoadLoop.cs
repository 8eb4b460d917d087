using System.Net;
using Fleet.Hosting.Errors;

namespace Fleet.Lab.Load;

/// <summary>
/// The load's one thread: sends what is due, reads what arrived, sleeps until the next request is due. A request's latency counts from
/// when it was due, whether or not a connection was free then, so a stalled server cannot hide (no coordinated omission).
/// </summary>
internal sealed class LoadLoop : IDisposable
{
    private static readonly byte[] Stored = "STORED\r\n"u8.ToArray();

    private readonly LoadOptions _options;
    private readonly TimeProvider _time;
    private readonly IPEndPoint _target;
    private readonly double _nsPerTick;
    private readonly long _longestWait;
    private readonly Random _random;
    private readonly ArrivalSchedule _schedule;
    private readonly KeyPicker _picker;
    private readonly ItemCatalog _items;
    private readonly RefillQueue _refills = new();
    private readonly LoadConnections _connections;
    private int _preloaded;
    private volatile bool _offering;
    private double _wantedQps;

    /// <summary>Lays out the load; connects and sends nothing yet.</summary>
    public LoadLoop(LoadOptions options, IPEndPoint target, TimeProvider time)
    {
        _options = options;
        _time = time;
        _target = target;
        _nsPerTick = 1e9 / time.TimestampFrequency;
        _longestWait = time.TimestampFrequency / 50;
        _random = new Random(options.Seed);
        _wantedQps = options.Qps;
        _schedule = new ArrivalSchedule(_random, time.TimestampFrequency, options.Qps);
        _picker = new KeyPicker(options.Keys, options.Popularity, options.ZipfExponent);
        _items = new ItemCatalog(options.Keys);
        Tally = new LoadTally(time.TimestampFrequency);
        _connections = new LoadConnections(options, target, time, Tally);
    }

    /// <summary>The load's books.</summary>
    public LoadTally Tally { get; }

    /// <summary>Whether the load proper has begun.</summary>
    public bool IsOffering => _offering;

    /// <summary>Share of keys stored, 0 to 1.</summary>
    public double PreloadRatio => _options.Preload ? (double)Volatile.Read(ref _preloaded) / _options.Keys : 1;

    /// <summary>Changes the offered rate from now on.</summary>
    public void SetQps(double qps) => Volatile.Write(ref _wantedQps, qps);

    /// <summary>Connects, preloads, and offers load until the duration is over or the caller cancels; then waits for answers.</summary>
    public void Run(CancellationToken cancellation)
    {
        try
        {
            EpollSet.UseExactTimers();
            _connections.Open();
            if (_options.Preload)
            {
                Preload(cancellation);
            }

            Offer(cancellation);
            Drain();
        }
        finally
        {
            Tally.Close(_time.GetTimestamp());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connections.Dispose();

    // Closed loop: as many stores as fit, until every key is stored.
    private void Preload(CancellationToken cancellation)
    {
        int next = 0;
        while (_preloaded < _options.Keys && !cancellation.IsCancellationRequested)
        {
            long now = _time.GetTimestamp();
            while (next < _options.Keys
                && _connections.TryEnqueue(_items, new PendingRequest(now, now, next, true), next % _connections.Count))
            {
                next++;
            }

            _connections.Flush();
            now = WaitAndRead(now + _longestWait);
            _connections.Upkeep(now);
            Volatile.Write(ref _preloaded, (int)Tally.Window.Stores);
            LoadWindow window = Tally.Window;
            if (window.Failed > 0)
            {
                throw new StartupException(
                    $"--target {_target} failed {window.Failed} stores while the {_options.Keys} keys were preloaded ("
                    + $"{window.ServerErrors} refused, {window.ConnectionErrors} lost, {window.Timeouts} timed out, {window.Mismatches} "
                    + "answered wrong); give the server more memory, use fewer --keys, or check that it speaks memcached's text protocol");
            }
        }
    }

    private void Offer(CancellationToken cancellation)
    {
        long start = _time.GetTimestamp();
        Tally.Open(start);
        _schedule.Start(start);
        _offering = true;
        long end = _options.Duration is { } duration
            ? start + (long)(duration.TotalSeconds * _time.TimestampFrequency)
            : long.MaxValue;
        long now = start;
        while (now < end && !cancellation.IsCancellationRequested)
        {
            _schedule.ChangeRate(Volatile.Read(ref _wantedQps), now);
            bool blocked = !SendDue(now);
            _connections.Flush();
            Tally.ServeCuts(now);
            _connections.Upkeep(now);
            long idleUntil = Math.Min(now + _longestWait, end);
            now = WaitAndRead(blocked ? idleUntil : Math.Min(_schedule.NextDue, idleUntil));
        }

        now = Math.Min(now, end - 1);
        SendDue(now);
        for (; _schedule.NextDue <= now; _schedule.Advance())
        {
            Tally.Window.Unsent++;
        }
    }

    private void Drain()
    {
        long now = _time.GetTimestamp();
        long giveUp = now + (long)(_options.RequestTimeout.TotalSeconds * _time.TimestampFrequency);
        while (now < giveUp && _connections.AnyOutstanding)
        {
            _connections.Flush();
            now = WaitAndRead(Math.Min(giveUp, now + _longestWait));
        }

        _connections.CloseAll();
    }

    // False when a request is due but no connection has room: it stays due, and fails when there was no connection at all for too long.
    private bool SendDue(long now)
    {
        for (; _schedule.NextDue <= now; _schedule.Advance())
        {
            bool refill = _refills.HasAny;
            bool store = refill || _random.NextDouble() < _options.SetRatio;
            int item = refill ? _refills.Oldest : _picker.Pick(_random.NextDouble());
            int first = _random.Next(_connections.Count);
            if (_connections.OpenCount == 0 && now - _schedule.NextDue > _options.RequestTimeout.TotalSeconds * _time.TimestampFrequency)
            {
                Tally.Window.ConnectionErrors++;
            }
            else if (!_connections.TryEnqueue(_items, new PendingRequest(_schedule.NextDue, now, item, store), first))
            {
                return false;
            }
            else if (refill)
            {
                _refills.RemoveOldest();
            }

            Tally.Window.Sent++;
        }

        return true;
    }

    private long WaitAndRead(long until)
    {
        int ready = _connections.Wait(until);
        for (int i = 0; i < ready; i++)
        {
            if (_connections.Receive(i) is { } connection && !ReadAnswers(connection))
            {
                _connections.Lose(connection);
            }
        }

        return _time.GetTimestamp();
    }

    // False when the connection does not speak the protocol.
    private bool ReadAnswers(LoadConnection connection)
    {
        long now = _time.GetTimestamp();
        while (!connection.Arrived.IsEmpty)
        {
            if (connection.Outstanding == 0)
            {
                return false;
            }

            PendingRequest request = connection.Oldest;
            ReadOnlySpan<byte> expected = request.IsStore ? Stored : _items.Reply(request.Item);
            ReplyKind kind = ReplyReader.Read(connection.Arrived, expected, out int consumed);
            if (kind is ReplyKind.Incomplete or ReplyKind.Garbage)
            {
                return kind == ReplyKind.Incomplete;
            }

            connection.Answered(consumed);
            Count(request, kind, now);
        }

        return true;
    }

    private void Count(PendingRequest request, ReplyKind kind, long now)
    {
        LoadWindow window = Tally.Window;
        switch (kind)
        {
            case ReplyKind.Expected when request.IsStore:
                window.Stores++;
                break;
            case ReplyKind.Expected:
                window.Hits++;
                break;
            case ReplyKind.Miss when !request.IsStore:
                window.Misses++;
                _refills.Add(request.Item);
                break;
            case ReplyKind.ServerError:
                window.ServerErrors++;
                return;
            default:
                window.Mismatches++;
                return;
        }

        window.Latency.RecordNs((long)((now - request.DueAt) * _nsPerTick));
    }
}
