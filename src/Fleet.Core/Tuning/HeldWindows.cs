namespace Fleet.Core.Tuning;

/// <summary>The last windows under the held setting: whether the promise is kept in enough of them.</summary>
internal sealed class HeldWindows(TunerOptions options)
{
    private const int Kept = 20;
    private const int Least = 5;
    private readonly Queue<bool> _broken = new();

    /// <summary>Takes a window; broken means that its steady percentile was over the SLA.</summary>
    public void Add(bool broken)
    {
        _broken.Enqueue(broken);
        if (_broken.Count > Kept)
        {
            _broken.Dequeue();
        }
    }

    /// <summary>Whether too many of the windows broke the promise: at least two, and more than the option's share.</summary>
    public bool TooManyBroken
    {
        get
        {
            int broken = _broken.Count(b => b);
            return _broken.Count >= Least && broken >= 2 && broken > options.BrokenWindowShare * _broken.Count;
        }
    }

    /// <summary>For people: how many of the last windows kept the promise.</summary>
    public string Summary => $"{_broken.Count(b => !b)} of the last {_broken.Count} windows met the SLA";

    /// <summary>Starts afresh, after the setting or the promise changed.</summary>
    public void Clear() => _broken.Clear();
}
