namespace Fleet.Proxy.Engine;

/// <summary>Something with a descriptor in a loop's epoll set.</summary>
internal abstract class Pollable
{
    /// <summary>The descriptor; -1 when closed.</summary>
    public int Fd { get; set; } = -1;

    /// <summary>Names this registration among all that the loop ever made, so an event of a closed descriptor finds nobody.</summary>
    public ulong Registration { get; set; }

    /// <summary>Events that the loop waits for.</summary>
    public uint Interest { get; set; }

    /// <summary>Called with the epoll events of the descriptor.</summary>
    public abstract void OnEvents(uint events);
}
