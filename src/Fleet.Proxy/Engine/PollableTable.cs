namespace Fleet.Proxy.Engine;

/// <summary>Finds the owner of an epoll event: a slot per registration, with a generation so that a reused slot is not mistaken.</summary>
internal sealed class PollableTable
{
    private readonly List<Pollable?> _items = [];
    private readonly Stack<int> _free = new();
    private uint _generation;

    public ulong Add(Pollable item)
    {
        if (!_free.TryPop(out int index))
        {
            index = _items.Count;
            _items.Add(null);
        }

        _items[index] = item;
        return ((ulong)++_generation << 32) | (uint)index;
    }

    public Pollable? Find(ulong registration)
    {
        Pollable? item = _items[(int)(uint)registration];
        return item is not null && item.Registration == registration ? item : null;
    }

    public void Remove(ulong registration)
    {
        int index = (int)(uint)registration;
        _items[index] = null;
        _free.Push(index);
    }

    public IEnumerable<Pollable> All() => _items.OfType<Pollable>();
}
