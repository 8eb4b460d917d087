using System.Runtime.InteropServices;

namespace Fleet.Proxy.Native;

/// <summary>struct msghdr of 64-bit Linux, for a connected socket: no address and no control data.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    /// <summary>Address; null.</summary>
    public void* Name;

    /// <summary>Length of the address.</summary>
    public uint NameLength;

    /// <summary>The pieces, in order.</summary>
    public IoVector* Parts;

    /// <summary>Number of pieces.</summary>
    public nuint PartCount;

    /// <summary>Control data; null.</summary>
    public void* Control;

    /// <summary>Length of the control data.</summary>
    public nuint ControlLength;

    /// <summary>Set by the kernel on receipt.</summary>
    public int Flags;
}
