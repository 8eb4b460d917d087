using Fleet.Core.Measurement;
using Fleet.Lab.Lab;
using Fleet.Lab.Load;

namespace Fleet.Lab.Bench;

/// <summary>
/// The same connections as an open loop: requests are due at random times of a given mean rate, and a latency counts from when the request
/// was due, so a slow target cannot slow the clock that judges it.
/// </summary>
internal sealed partial class ClosedLoop
{
    private const int MostWaiting = 200_000;
    private readonly Queue<long> _due = new();
    private int _nextConnection;

    /// <summary>Sends at a rate without measuring, then measures the latency, then waits for what is still to be answered.</summary>
    /// <param name="qps">Requests per second.</param>
    /// <param name="warmUp">Time before the measurement.</param>
    /// <param name="measured">Measured time.</param>
    /// <param name="cancellation">Ends the load early.</param>
    /// <exception cref="LabException">The target does not keep up, or gives wrong answers.</exception>
    public LatencyHistogram RunPaced(double qps, TimeSpan warmUp, TimeSpan measured, CancellationToken cancellation)
    {
        _now = _time.GetTimestamp();
        var schedule = new ArrivalSchedule(_random, _time.TimestampFrequency, qps);
        schedule.Start(_now);
        _draining = true;
        PaceUntil(_now + Ticks(warmUp), schedule, cancellation);
        (_latency, _requests) = (new LatencyHistogram(), 0);
        PaceUntil(_now + Ticks(measured), schedule, cancellation);
        LatencyHistogram latency = _latency;
        _latency = new LatencyHistogram();
        _due.Clear();
        Drain(cancellation);
        return latency;
    }

    private void PaceUntil(long end, ArrivalSchedule schedule, CancellationToken cancellation)
    {
        long lastAnswer = _now;
        while (_now < end)
        {
            cancellation.ThrowIfCancellationRequested();
            long before = _requests;
            double nsToNext = (schedule.NextDue - _time.GetTimestamp()) * _usPerTick * 1000;
            Turn((long)Math.Clamp(nsToNext, 0, LongestWaitNs));
            while (schedule.NextDue <= _now)
            {
                _due.Enqueue(schedule.NextDue);
                schedule.Advance();
            }

            SendDue();
            lastAnswer = _requests > before || !_connections.Exists(static c => c.IsWaiting) ? _now : lastAnswer;
            RequireAnswers(lastAnswer);
        }
    }

    // The next connection that has room gets the oldest request; when none has, it waits and its latency grows.
    private void SendDue()
    {
        for (int looked = 0; looked < _connections.Count && _due.Count > 0; looked++)
        {
            BenchConnection connection = _connections[_nextConnection];
            if (connection.HasRoom)
            {
                connection.Add(_traffic.Next(_random) with { SentAt = _due.Dequeue() });
                connection.Send(_scratch);
                Watch(connection, _nextConnection);
                looked = -1;
            }

            _nextConnection = (_nextConnection + 1) % _connections.Count;
        }

        if (_due.Count > MostWaiting)
        {
            throw new LabException($"{_target} does not keep up with the rate: {_due.Count} requests wait to be sent");
        }
    }
}
