using Fleet.Proxy.Native;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>
/// Long values that pass whole, from the node's socket to the client's without being copied: what the client is told before the value goes
/// into a pipe, and the value behind it as it comes. It is told when all of it is there, as any other reply, in one call.
/// </summary>
internal sealed partial class NodeConnection
{
    // For less, copying costs no more than the calls that it saves.
    private const int PipedBytes = 32 * 1024;

    // What is read beside the first line is copied; as much as this goes into a pipe whole or not at all (PIPE_BUF).
    private const int MostBegunBytes = 4096;

    // After a piped value the next one is expected, so little of it is read with its first line.
    private const int ReadBeforePipedBytes = 512;

    private SplicePipe? _pipe;
    private int _pipeLeft;
    private bool _spilled;
    private bool _expectsPiped;

    /// <summary>Has the rest of the oldest reply go through a pipe when it is long.</summary>
    /// <param name="length">Length of the reply, its line end included.</param>
    private void TryPipe(int length)
    {
        ref PendingRequest request = ref _pending.Oldest;
        if (length < PipedBytes || request.Shape != ReplyShape.MetaAsClassic || request.Client is not ClientConnection)
        {
            return;
        }

        ReadOnlySpan<byte> begun = _input.Data;
        var value = new MetaValue(begun, begun.IndexOf((byte)'\n') + 1);
        int left = length - LineEnd.Length - begun.Length;
        _expectsPiped = true;
        if (left < PipedBytes || value.MaxHeaderBytes + value.Data.Length > MostBegunBytes || !value.IsSound
            || _loop.Pipes.Rent() is not { } pipe)
        {
            return;
        }

        _translated.Commit(value.WriteHeader(_translated.Reserve(value.MaxHeaderBytes)));
        _translated.Append(value.Data);
        bool taken = pipe.TryWrite(_translated.Data);
        _translated.Clear();
        if (!taken)
        {
            _loop.Pipes.Return(pipe);
            return;
        }

        (_pipe, _pipeLeft, _replyBytes) = (pipe, left, LineEnd.Length);
        _loop.Counters.ValuesPiped++;
        _input.Clear();
    }

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>Takes what has come of a piped value; true when it is whole and what follows it can be read.</summary>
    private bool FillPipe(SplicePipe pipe, bool readable)
    {
        int count = _spilled ? ReadSpilled() : _loop.Receive(this, pipe, _pipeLeft);
        if (count == -1 && !_spilled && readable)
        {
            // Its pieces are so small that the pipe is full: the rest is copied.
            _spilled = true;
            _loop.Counters.ValuesSpilled++;
            int piped = pipe.Length;
            pipe.Read(_translated.Reserve(piped + _pipeLeft));
            _translated.Commit(piped);
        }
        else if (count is 0 or < -1)
        {
            Lose(Replies.ConnectionLost, count == 0 ? "the node closed the connection" : "the connection broke", reconnectNow: true);
        }
        else if (count > 0)
        {
            _pipeLeft -= count;
            Ledger.Current.BytesFromNode += count;
        }

        return _pipe is not null && _pipeLeft == 0;
    }

    private int ReadSpilled()
    {
        int count = (int)_loop.Receive(this, _translated.Reserve(_pipeLeft)[.._pipeLeft]);
        _translated.Commit(Math.Max(count, 0));
        return count;
    }

    /// <summary>Tells the piped value; false when the node cannot be trusted.</summary>
    private bool TryTakePiped(SplicePipe pipe, long now)
    {
        if (!_input.Data.StartsWith(LineEnd))
        {
            Lose(Replies.BadReply, "the node sent a malformed reply", reconnectNow: true);
            return false;
        }

        DropKey();
        PendingRequest request = _pending.Take();
        Count(request, default, ReplyOutcome.Hit, now);
        if (_spilled)
        {
            _translated.Append("\r\nEND\r\n"u8);
            request.Client.OnReply(request, _translated.Data, ReplyOutcome.Hit);
        }
        else
        {
            ((ClientConnection)request.Client).OnPiped(request, pipe);
        }

        _input.Consume(LineEnd.Length);
        _replyBytes = 0;
        ForgetPipe(pipe);
        return true;
    }

    private void ForgetPipe(SplicePipe pipe)
    {
        _loop.Pipes.Return(pipe);
        _translated.Clear();
        (_pipe, _pipeLeft, _spilled) = (null, 0, false);
    }
}
