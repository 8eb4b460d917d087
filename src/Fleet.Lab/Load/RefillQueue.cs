namespace Fleet.Lab.Load;

/// <summary>
/// Keys that were missed and wait to be stored, as a cache's client stores what it missed. Each store takes the place of a later
/// request, so the offered rate stays as asked. Beyond 65,536 waiting keys a missed key is stored at its next miss.
/// </summary>
internal sealed class RefillQueue
{
    private readonly int[] _items = new int[1 << 16];
    private int _from;
    private int _count;

    /// <summary>Whether a key waits.</summary>
    public bool HasAny => _count > 0;

    /// <summary>The key that waits longest.</summary>
    public int Oldest => _items[_from];

    /// <summary>Adds a missed key.</summary>
    public void Add(int item)
    {
        if (_count < _items.Length)
        {
            _items[(_from + _count) % _items.Length] = item;
            _count++;
        }
    }

    /// <summary>Takes the oldest off.</summary>
    public void RemoveOldest()
    {
        _from = (_from + 1) % _items.Length;
        _count--;
    }
}
