using Fleet.Proxy.Native;

namespace Fleet.Proxy.Engine;

/// <summary>An eventfd that brings a loop out of its wait.</summary>
internal sealed unsafe class Wakeup : Pollable
{
    public Wakeup() => Fd = SocketCalls.Check(Libc.EventFd(0, Libc.EventFdNonBlock | Libc.EventFdCloExec), "eventfd");

    /// <summary>Callable from any thread.</summary>
    public void Signal()
    {
        ulong one = 1;
        _ = Libc.Write(Fd, (byte*)&one, sizeof(ulong));
    }

    public override void OnEvents(uint events)
    {
        ulong count;
        _ = Libc.Read(Fd, (byte*)&count, sizeof(ulong));
    }
}
