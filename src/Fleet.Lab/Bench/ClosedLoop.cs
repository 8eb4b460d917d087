using System.Net;
using System.Net.Sockets;
using Fleet.Core.Measurement;
using Fleet.Lab.Lab;
using Fleet.Lab.Load;

namespace Fleet.Lab.Bench;

/// <summary>
/// A closed-loop load on one thread: every connection keeps a fixed number of requests waiting and sends the next when one is answered.
/// Every reply is checked byte for byte. It can also send at a given rate instead.
/// </summary>
internal sealed partial class ClosedLoop : IDisposable
{
    private const int ScratchBytes = 256 * 1024;
    private const long LongestWaitNs = 20_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly BenchTraffic _traffic;
    private readonly Random _random;
    private readonly TimeProvider _time;
    private readonly byte[] _scratch = GC.AllocateUninitializedArray<byte>(ScratchBytes, pinned: true);
    private readonly EpollSet _epoll = new();
    private readonly List<BenchConnection> _connections = [];
    private readonly Action<BenchRequest> _ended;
    private readonly double _usPerTick;
    private readonly string _target;
    private LatencyHistogram _latency = new();
    private long _requests;
    private long _now;
    private bool _draining;

    /// <summary>Connects.</summary>
    /// <exception cref="LabException">The target refused a connection.</exception>
    public ClosedLoop(IPEndPoint target, BenchTraffic traffic, int connections, int pipeline, Random random, TimeProvider time)
    {
        (_traffic, _random, _time, _target) = (traffic, random, time, target.ToString());
        _usPerTick = 1e6 / time.TimestampFrequency;
        _ended = Ended;
        try
        {
            for (int i = 0; i < connections; i++)
            {
                _connections.Add(new BenchConnection(target, traffic, pipeline));
                _epoll.Add(_connections[i].Fd, i, writable: false);
            }
        }
        catch (SocketException failure)
        {
            Dispose();
            throw new LabException($"cannot connect to {target} for connection {_connections.Count + 1} of {connections}: {failure.Message}");
        }
    }

    /// <summary>Stores every item over the first connection.</summary>
    public void StoreAll(CancellationToken cancellation)
    {
        BenchConnection connection = _connections[0];
        for (int item = 0; item < _traffic.Items;)
        {
            while (item < _traffic.Items && connection.HasRoom)
            {
                connection.Add(BenchRequest.Store(item++) with { SentAt = _time.GetTimestamp() });
            }

            Finish(connection, cancellation);
        }
    }

    /// <summary>Loads the target without measuring, then measures, then waits for what is still to be answered: the next target is alone.</summary>
    /// <param name="warmUp">Time before the measurement.</param>
    /// <param name="measured">Measured time.</param>
    /// <param name="cpu">CPU time of the target so far; read when the measurement begins and ends.</param>
    /// <param name="cancellation">Ends the load early.</param>
    public ClosedLoopResult Run(TimeSpan warmUp, TimeSpan measured, Func<TimeSpan?> cpu, CancellationToken cancellation)
    {
        _now = _time.GetTimestamp();
        foreach (BenchConnection connection in _connections)
        {
            Refill(connection);
        }

        LoadUntil(_now + Ticks(warmUp), cancellation);
        (_latency, _requests) = (new LatencyHistogram(), 0);
        TimeSpan? cpuBefore = cpu();
        long start = _time.GetTimestamp();
        LoadUntil(start + Ticks(measured), cancellation);
        TimeSpan elapsed = _time.GetElapsedTime(start);
        TimeSpan? cpuAfter = cpu();
        ClosedLoopResult result = _requests == 0
            ? throw new LabException($"{_target} answered nothing in the measured {measured.TotalSeconds} s")
            : new ClosedLoopResult(_requests, elapsed, cpuAfter - cpuBefore, _latency);
        Drain(cancellation);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connections.ForEach(c => c.Dispose());
        _epoll.Dispose();
    }

    private void Drain(CancellationToken cancellation)
    {
        _draining = true;
        long lastAnswer = _now;
        while (_connections.Exists(static c => c.IsWaiting))
        {
            cancellation.ThrowIfCancellationRequested();
            long before = _requests;
            Turn(LongestWaitNs);
            lastAnswer = _requests > before ? _now : lastAnswer;
            RequireAnswers(lastAnswer);
        }

        _draining = false;
    }

    private void LoadUntil(long end, CancellationToken cancellation)
    {
        long lastAnswer = _now;
        while (_now < end)
        {
            cancellation.ThrowIfCancellationRequested();
            long before = _requests;
            Turn(LongestWaitNs);
            lastAnswer = _requests > before ? _now : lastAnswer;
            RequireAnswers(lastAnswer);
        }
    }

    private void Turn(long longestWaitNs)
    {
        int ready = _epoll.Wait(longestWaitNs);
        _now = _time.GetTimestamp();
        for (int i = 0; i < ready; i++)
        {
            int token = _epoll.Token(i);
            BenchConnection connection = _connections[token];
            if (connection.Receive(_scratch, _ended) > 0 && !_draining)
            {
                Refill(connection);
            }
            else if (connection.HasUnsent)
            {
                connection.Send(_scratch);
            }

            Watch(connection, token);
        }
    }

    private void Watch(BenchConnection connection, int token)
    {
        if (connection.HasUnsent != connection.IsWatchedForRoom)
        {
            connection.IsWatchedForRoom = connection.HasUnsent;
            _epoll.Modify(connection.Fd, token, connection.IsWatchedForRoom);
        }
    }

    private void Finish(BenchConnection connection, CancellationToken cancellation)
    {
        long start = _now = _time.GetTimestamp();
        while (connection.IsWaiting)
        {
            cancellation.ThrowIfCancellationRequested();
            connection.Send(_scratch);
            _epoll.Wait(LongestWaitNs);
            _now = _time.GetTimestamp();
            connection.Receive(_scratch, _ended);
            RequireAnswers(start);
        }
    }

    private void Refill(BenchConnection connection)
    {
        // Read anew: a turn over a thousand connections takes longer than a request.
        long now = _time.GetTimestamp();
        while (connection.HasRoom)
        {
            connection.Add(_traffic.Next(_random) with { SentAt = now });
        }

        connection.Send(_scratch);
    }

    private void Ended(BenchRequest request)
    {
        _requests++;
        _latency.RecordUs((_time.GetTimestamp() - request.SentAt) * _usPerTick);
    }

    private void RequireAnswers(long since)
    {
        if ((_now - since) / (double)_time.TimestampFrequency > Patience.TotalSeconds)
        {
            throw new LabException($"{_target} answered nothing for {Patience.TotalSeconds:0} s");
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}
