namespace Fleet.Controller.Dashboard;

/// <summary>The last ten minutes of one pool or node, one sample every two seconds, in fixed memory (about 10 kB).</summary>
internal sealed class History
{
    /// <summary>Samples kept.</summary>
    public const int Capacity = 300;

    private readonly (long UnixMs, float Rate, float PercentileUs, float Watts, float DefaultWatts)[] _ring =
        new (long, float, float, float, float)[Capacity];

    private int _next;
    private int _count;

    /// <summary>Adds a sample; null is kept as unknown.</summary>
    public void Add(long unixMs, double rate, double? percentileUs, double? watts, double? defaultWatts)
    {
        _ring[_next] = (unixMs, (float)rate, Keep(percentileUs), Keep(watts), Keep(defaultWatts));
        _next = (_next + 1) % Capacity;
        _count = Math.Min(_count + 1, Capacity);
    }

    /// <summary>The samples, oldest first.</summary>
    public HistoryModel ToModel()
    {
        int[] order = [.. Enumerable.Range(0, _count).Select(i => (_next - _count + i + Capacity) % Capacity)];
        return new(
            [.. order.Select(i => _ring[i].UnixMs)],
            [.. order.Select(i => Known(_ring[i].Rate))],
            [.. order.Select(i => Known(_ring[i].PercentileUs))],
            [.. order.Select(i => Known(_ring[i].Watts))],
            [.. order.Select(i => Known(_ring[i].DefaultWatts))]);
    }

    private static float Keep(double? value) => (float)(value ?? double.NaN);

    private static double? Known(float value) => float.IsNaN(value) ? null : Math.Round(value, 3);
}
