using Fleet.Proxy.Engine;

namespace Fleet.Proxy.Yarp;

/// <summary>
/// What an HTTP pool saw of one of its servers. Requests end on many threads, so counting takes a lock, which is the server's own and held for
/// nanoseconds beside the tens of microseconds that a request takes here.
/// </summary>
internal sealed class HttpLedger
{
    private readonly Lock _gate = new();
    private readonly TrafficLedger _ledger = new();
    private long _bytesToNode;
    private long _bytesFromNode;

    /// <summary>Counts a request that got its response's head.</summary>
    /// <param name="elapsed">From the request's arrival here to the response's head: what a slow client takes is not the server's.</param>
    public void Answered(TimeSpan elapsed)
    {
        lock (_gate)
        {
            _ledger.Current.Requests++;
            _ledger.Current.Latency.RecordNs((long)elapsed.TotalNanoseconds);
        }
    }

    /// <summary>Counts a request that the server failed.</summary>
    public void Failed()
    {
        lock (_gate)
        {
            _ledger.Current.Requests++;
            _ledger.Current.Errors++;
        }
    }

    /// <summary>Counts bytes, heads included.</summary>
    public void Sent(int bytes) => Interlocked.Add(ref _bytesToNode, bytes);

    /// <summary>Counts bytes, heads included.</summary>
    public void Received(int bytes) => Interlocked.Add(ref _bytesFromNode, bytes);

    /// <summary>What was counted since the last call. One caller at a time, done with the previous result.</summary>
    public NodeTraffic Collect()
    {
        lock (_gate)
        {
            _ledger.Current.BytesToNode += Interlocked.Exchange(ref _bytesToNode, 0);
            _ledger.Current.BytesFromNode += Interlocked.Exchange(ref _bytesFromNode, 0);
            return _ledger.Collect();
        }
    }
}
