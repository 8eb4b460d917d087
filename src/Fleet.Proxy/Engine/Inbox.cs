namespace Fleet.Proxy.Engine;

/// <summary>
/// What other threads want done on a loop's thread, in the order of their asking. Neither side ever waits for the other: a loop of
/// real-time priority that spins until a thread of the normal class on its core has finished adding would spin until the kernel's guard
/// against starvation lets that thread run, which takes most of a second. ConcurrentQueue spins so when it finds a place that is taken and
/// not yet filled.
/// </summary>
internal sealed class Inbox
{
    private Entry? _newest;

    /// <summary>Adds; callable from any thread.</summary>
    public void Add(Action action)
    {
        var entry = new Entry(action);
        Entry? newest;
        do
        {
            newest = Volatile.Read(ref _newest);
            entry.Next = newest;
        }
        while (Interlocked.CompareExchange(ref _newest, entry, newest) != newest);
    }

    /// <summary>Takes out all that has been added and runs it, the oldest first; what is added meanwhile stays for the next time.</summary>
    public void RunAll()
    {
        if (Volatile.Read(ref _newest) is null)
        {
            return;
        }

        Entry? oldest = null;
        for (Entry? entry = Interlocked.Exchange(ref _newest, null); entry is not null;)
        {
            Entry? older = entry.Next;
            entry.Next = oldest;
            oldest = entry;
            entry = older;
        }

        for (; oldest is not null; oldest = oldest.Next)
        {
            oldest.Action();
        }
    }

    private sealed class Entry(Action action)
    {
        public readonly Action Action = action;

        public Entry? Next;
    }
}
