using Fleet.Proxy.Native;

namespace Fleet.Proxy.Engine;

/// <summary>The pipes of one loop: as many as node connections ever had a long value on its way at one time.</summary>
internal sealed class SplicePipes : IDisposable
{
    private readonly Stack<SplicePipe> _free = new();

    /// <summary>An empty pipe; null when there are no descriptors left.</summary>
    public SplicePipe? Rent() => _free.TryPop(out SplicePipe? pipe) ? pipe : SplicePipe.TryMake();

    /// <summary>Takes a pipe back; one that still holds bytes is closed with them.</summary>
    public void Return(SplicePipe pipe)
    {
        if (pipe.Length == 0)
        {
            _free.Push(pipe);
        }
        else
        {
            pipe.Dispose();
        }
    }

    public void Dispose()
    {
        while (_free.TryPop(out SplicePipe? pipe))
        {
            pipe.Dispose();
        }
    }
}
