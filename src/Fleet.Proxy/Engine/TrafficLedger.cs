namespace Fleet.Proxy.Engine;

/// <summary>One connection's counts: what is counted now, what goes to telemetry, what statistics tell. Used by its loop only.</summary>
internal sealed class TrafficLedger
{
    private readonly NodeTraffic _totals = new();
    private NodeTraffic _spare = new();
    private NodeTraffic? _carried;

    /// <summary>Where to count.</summary>
    public NodeTraffic Current { get; private set; } = new();

    /// <summary>Hands out what was counted since the last call. The caller is done with the previous one.</summary>
    public NodeTraffic Collect()
    {
        _spare.Clear();
        Current.AddTo(_totals);
        (Current, _spare) = (_spare, Current);
        _carried?.AddTo(_spare);
        _carried = null;
        return _spare;
    }

    /// <summary>A copy of everything counted since the last reset.</summary>
    public NodeTraffic Totals()
    {
        var sum = new NodeTraffic();
        _totals.AddTo(sum);
        Current.AddTo(sum);
        return sum;
    }

    /// <summary>Begins the totals anew; what the next collection hands out stays.</summary>
    public void ResetTotals()
    {
        _carried ??= new NodeTraffic();
        Current.AddTo(_carried);
        Current.Clear();
        _totals.Clear();
    }
}
