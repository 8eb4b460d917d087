using System.Runtime.InteropServices;

namespace Fleet.Proxy.Native;

/// <summary>
/// A pipe that holds bytes on their way from one socket to another: the kernel moves the pages that they lie in, so nobody copies them
/// (splice(2)). Never blocks.
/// </summary>
internal sealed unsafe class SplicePipe : IDisposable
{
    // Most that a pipe may be given without privilege; each piece of memory takes one of its slots, so it may be full with less.
    private const int WantedBytes = 1 << 20;

    private readonly int _readEnd;
    private readonly int _writeEnd;

    private SplicePipe(int readEnd, int writeEnd) => (_readEnd, _writeEnd) = (readEnd, writeEnd);

    /// <summary>Bytes in it.</summary>
    public int Length { get; private set; }

    /// <summary>A new pipe; null when there are no descriptors left.</summary>
    public static SplicePipe? TryMake()
    {
        int* ends = stackalloc int[2];
        if (Libc.MakePipe(ends, Libc.SockNonBlock | Libc.SockCloExec) < 0)
        {
            return null;
        }

        // Refused beyond the user's share of pipe memory: a smaller pipe is full sooner.
        _ = HandoverCalls.Control(ends[1], Libc.SetPipeBytes, WantedBytes);
        return new SplicePipe(ends[0], ends[1]);
    }

    /// <summary>
    /// Takes at most so many bytes from a socket. How many; 0 at the end of input, -1 when nothing is there or the pipe is full, -2 when
    /// the connection is broken.
    /// </summary>
    public int Fill(int socket, int bytes)
    {
        int count = (int)Libc.Splice(socket, null, _writeEnd, null, bytes, Libc.SpliceNonBlock);
        Length += Math.Max(count, 0);
        return count < 0 ? Failure() : count;
    }

    /// <summary>Adds bytes; false when there is no room for all of them. At most 4096.</summary>
    public bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        nint count;
        fixed (byte* start = bytes)
        {
            count = Libc.Write(_writeEnd, start, bytes.Length);
        }

        Length += (int)Math.Max(count, 0);
        return count == bytes.Length;
    }

    /// <summary>Gives a socket what it takes. How many bytes; -1 when it takes none now, -2 when it is broken.</summary>
    public int MoveTo(int socket)
    {
        int count = (int)Libc.Splice(_readEnd, null, socket, null, Length, Libc.SpliceNonBlock);
        Length -= Math.Max(count, 0);
        return count <= 0 ? Failure() : count;
    }

    /// <summary>Copies its first bytes, as many as there is room for.</summary>
    public void Read(Span<byte> room)
    {
        room = room[..Math.Min(room.Length, Length)];
        while (!room.IsEmpty)
        {
            int count;
            fixed (byte* start = room)
            {
                count = (int)Libc.Read(_readEnd, start, room.Length);
            }

            if (count < 0 && Marshal.GetLastPInvokeError() == Libc.ErrInterrupted)
            {
                continue;
            }

            // What was put into a pipe can be taken out of it.
            Length -= SocketCalls.Check(count, "read");
            room = room[count..];
        }
    }

    public void Dispose()
    {
        _ = Libc.Close(_readEnd);
        _ = Libc.Close(_writeEnd);
    }

    private static int Failure() => Marshal.GetLastPInvokeError() is Libc.ErrAgain or Libc.ErrInterrupted ? -1 : -2;
}
