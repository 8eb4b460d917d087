using Fleet.Proxy.Native;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>Values on their way to the client: a long one whose turn it is goes straight to the socket.</summary>
internal sealed partial class ClientConnection
{
    // From here on a system call of its own costs less than copying the value to wait for the end of the turn.
    private const int WriteThroughBytes = 16 * 1024;

    /// <summary>A node answered one of this client's gets with a value.</summary>
    public void OnValue(in PendingRequest request, in MetaValue value)
    {
        if (!TakesReply(value.Data.Length))
        {
            return;
        }

        if (value.Data.Length >= WriteThroughBytes && !_broken && Slots.IsNext(request.Slot))
        {
            WriteThrough(value);
        }
        else
        {
            Slots.Complete(request.Slot, value);
        }

        MarkDirty();
    }

    /// <summary>A node answered one of this client's gets with a value that is in a pipe: all that the client is told but its end.</summary>
    public void OnPiped(in PendingRequest request, SplicePipe value)
    {
        if (!TakesReply(value.Length))
        {
            return;
        }

        if (!_broken && Slots.IsNext(request.Slot) && value.TryWrite(Slots.NextEnding))
        {
            WriteThrough(value);
        }
        else
        {
            Slots.Complete(request.Slot, value);
        }

        MarkDirty();
    }

    // A long value goes from the node's buffer to the socket without a copy; only what the socket does not take is kept.
    private void WriteThrough(in MetaValue value)
    {
        ReadOnlySpan<byte> end = Slots.NextIsPart ? default : "END\r\n"u8;
        _output.Commit(value.WriteHeader(_output.Reserve(value.MaxHeaderBytes)));
        _broken = !_loop.TryWrite(this, _output, value.Data, end);
        Slots.PassNext();
    }

    // What the socket does not take is copied and kept.
    private void WriteThrough(SplicePipe reply)
    {
        _broken = !_loop.TryWrite(this, _output) || (_output.Length == 0 && !_loop.TryMove(this, reply));
        if (!_broken)
        {
            int left = reply.Length;
            reply.Read(_output.Reserve(left));
            _output.Commit(left);
        }

        Slots.PassNext();
    }
}
