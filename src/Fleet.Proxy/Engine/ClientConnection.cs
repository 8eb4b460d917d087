using System.Net;
using Fleet.Proxy.Native;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>
/// One client: reads, has its commands carried out in order, writes the replies in order. Reading stops while the client has too much in
/// flight or does not take its replies; it goes on when that has eased.
/// </summary>
internal sealed partial class ClientConnection : Pollable, IReplySink
{
    private const int ReadBytes = 16 * 1024;

    private readonly EventLoop _loop;
    private readonly ByteBuffer _input;
    private readonly ByteBuffer _output;
    private long _swallow;
    private bool _sawInput;
    private bool _endOfInput;
    private bool _dirty;
    private bool _paused;
    private bool _leaving;
    private bool _broken;
    private bool _binary;
    private bool _knowsReplies;
    private int _expectedBytes;

    public ClientConnection(EventLoop loop)
    {
        _loop = loop;
        _input = new ByteBuffer(loop.Buffers);
        _output = new ByteBuffer(loop.Buffers);
        Slots = new ReplySlots(loop.Buffers, _output);
    }

    public LoopPool Pool { get; private set; } = null!;

    public ReplySlots Slots { get; }

    /// <summary>The client may give commands: it has logged in, or nobody needs to.</summary>
    public bool IsAuthenticated { get; private set; }

    /// <summary>Requests at nodes on behalf of this client.</summary>
    public int InFlight { get; set; }

    private bool OverLimit => InFlight >= _loop.Limits.ClientInFlight || Slots.Count >= _loop.Limits.ClientInFlight
        || UntakenBytes >= _loop.Limits.ClientPauseBytes
        || UntakenBytes + ((long)InFlight * _expectedBytes) >= _loop.Limits.ClientExpectedBytes;

    /// <summary>
    /// All that could be written belongs to a retrieval that other nodes have yet to answer: one call for the whole is cheaper for both sides.
    /// </summary>
    private bool WaitsForTheRest =>
        _output.Length < WriteThroughBytes && _output.Length <= Slots.UnfinishedBytes && InFlight > 0;

    private int UntakenBytes => _output.Length + Slots.KeptBytes + GatheredBytes;

    /// <summary>Bytes of values that have come for gets of many keys and wait for values before them.</summary>
    public int GatheredBytes { get; set; }

    /// <summary>Reply bytes that the client has not taken, at the end of its last turn.</summary>
    public int WaitingBytes { get; private set; }

    /// <summary>The address that the client is connected to, when its descriptor does not tell it.</summary>
    public IPEndPoint? Address { get; private set; }

    public void Open(LoopPool pool, IPEndPoint? address)
    {
        (Pool, Address) = (pool, address);
        (_swallow, _sawInput, _endOfInput, _dirty, _paused, _leaving, _broken) = (0, false, false, false, false, false, false);
        (_binary, _alone, IsAuthenticated) = (false, false, _loop.Limits.Users is null);
        (_expectedBytes, _knowsReplies) = (_loop.Limits.ClientFirstReplyBytes, false);
        ForgetParting();
    }

    public override void OnEvents(uint events)
    {
        if ((events & Libc.EpollOut) != 0)
        {
            MarkDirty();
        }

        if ((events & (Libc.EpollIn | Libc.EpollHangUp | Libc.EpollError)) != 0)
        {
            Read(broken: (events & (Libc.EpollHangUp | Libc.EpollError)) != 0);
        }
    }

    /// <summary>A node answered (or failed) one of this client's requests.</summary>
    public void OnReply(in PendingRequest request, ReadOnlySpan<byte> reply, ReplyOutcome outcome, byte[]? constant = null)
    {
        if (!TakesReply(reply.Length))
        {
            return;
        }

        if (request.Slot != PendingRequest.NoSlot)
        {
            if (request.Shape >= ReplyShape.Binary)
            {
                BinaryReply.Translate(_loop.Scratch, request, reply, outcome);
                Slots.Complete(request.Slot, _loop.Scratch.Data, outcome);
                _loop.Scratch.Clear();
            }
            else
            {
                Slots.Complete(request.Slot, reply, outcome, constant);
            }
        }

        MarkDirty();
    }

    /// <summary>One of this client's gets of many keys has been told.</summary>
    public void OnMultiGet(int replyBytes)
    {
        if (TakesReply(replyBytes))
        {
            MarkDirty();
        }
    }

    /// <summary>Takes no further command; closes when the replies that it waits for are sent.</summary>
    public void Leave()
    {
        _leaving = true;
        MarkDirty();
    }

    /// <summary>Carries out what has arrived, as far as the limits allow.</summary>
    public void Process()
    {
        if (IsLingering)
        {
            _input.Clear();
        }

        while (_input.Length > 0 && TakesInput)
        {
            if (OverLimit || IsHeld())
            {
                _paused = true;
                break;
            }

            if (_swallow > 0)
            {
                int dropped = (int)Math.Min(_swallow, _input.Length);
                _swallow -= dropped;
                _input.Consume(dropped);
                continue;
            }

            if (_store is not null)
            {
                TakeForStore(_store);
                continue;
            }

            if (!(_binary ? TryBinary() : IsAuthenticated ? TryCommand() : TryLogin()))
            {
                break;
            }
        }

        MarkDirty();
    }

    /// <summary>Notes an attempt to log in.</summary>
    public void Authenticate(bool good)
    {
        IsAuthenticated |= good;
        _loop.Counters.Authentications++;
        _loop.Counters.AuthenticationErrors += good ? 0 : 1;
    }

    private bool TryCommand()
    {
        EngineLimits limits = _loop.Limits;
        if (!new CommandParser(limits.MaxValueBytes, limits.WholeValueBytes).TryParse(_input.Data, out ParsedCommand command))
        {
            return false;
        }

        if (command.StreamBytes > 0)
        {
            return TryStore(command);
        }

        Dispatcher.Execute(_loop, this, command);
        _swallow = command.Swallow;
        _input.Consume(command.Consumed);
        return true;
    }

    private bool TryBinary()
    {
        EngineLimits limits = _loop.Limits;
        if (!new BinaryParser(limits.MaxValueBytes, limits.WholeValueBytes).TryParse(_input.Data, out BinaryRequest request))
        {
            return false;
        }

        if (request.StreamBytes > 0 && IsAuthenticated)
        {
            return TryStore(request);
        }

        BinaryDispatcher.Execute(_loop, this, request);
        _swallow = request.Swallow;
        _input.Consume(request.Consumed);
        return true;
    }

    private bool TryLogin()
    {
        Login login = default;
        if (!LoginParser.TryParse(_input.Data, ref login))
        {
            return false;
        }

        if (login.Problem is null)
        {
            Authenticate(_loop.Limits.Users!.Matches(login.User, login.Password));
            login.Problem = IsAuthenticated ? Replies.Stored : Replies.LoginFailed;
        }

        Slots.AddLocal(login.Problem);
        _leaving |= login.Close;
        _swallow = login.Swallow;
        _input.Consume(login.Consumed);
        return true;
    }

    /// <summary>End of the loop's turn: goes on after a pause, writes once, closes when all is said.</summary>
    public void EndTurn()
    {
        _dirty = false;
        if (Fd < 0)
        {
            return;
        }

        bool waits = WaitsForTheRest;
        _broken = _broken || (!waits && !_loop.TryWrite(this, _output));
        NoteWaiting();
        if (!_broken && WaitingBytes > _loop.Limits.ClientDropBytes)
        {
            _broken = true;
            _loop.Counters.ClientsDropped++;
        }

        bool resumes = _paused && TakesInput && !OverLimit && !IsHeld();
        if (resumes)
        {
            _paused = false;
            _loop.Resume(this);
        }

        ServeLarge();
        bool allSaid = !resumes && InFlight == 0 && Slots.Count == 0 && _output.Length == 0 && !_paused;
        if (_broken || (allSaid && (_leaving || _endOfInput)))
        {
            Close();
            return;
        }

        if (_parting && allSaid && Part())
        {
            return;
        }

        bool read = !_paused && TakesInput && !_endOfInput;
        _loop.SetInterest(this, (read ? Libc.EpollIn : 0) | (_output.Length > 0 && !waits ? Libc.EpollOut : 0));
    }

    /// <summary>Closes at once; what it waited for is lost.</summary>
    public void Drop() => Close();

    private void Close()
    {
        _loop.Unregister(this);
        Forget();
    }

    private void Forget()
    {
        AbandonLarge();
        _input.Clear();
        _output.Clear();
        Slots.Clear();
        GatheredBytes = 0;
        NoteWaiting();
        Pool.Clients.Remove(this);
        Pool.Published.CountClient(-1);
        _loop.RecycleWhenIdle(this);
    }

    private void NoteWaiting()
    {
        _loop.Counters.ReplyBytesWaiting += UntakenBytes - WaitingBytes;
        WaitingBytes = UntakenBytes;
    }

    /// <summary>Counts off a request that was answered; false when the client has gone.</summary>
    private bool TakesReply(int replyBytes)
    {
        InFlight--;
        Expect(replyBytes);
        if (Fd >= 0)
        {
            return true;
        }

        _loop.RecycleWhenIdle(this);
        return false;
    }

    // The largest of the last replies, more or less: up at once, down by an eighth of the way with each smaller one.
    private void Expect(int replyBytes)
    {
        _expectedBytes = replyBytes > _expectedBytes || !_knowsReplies ? replyBytes : _expectedBytes - ((_expectedBytes - replyBytes) >> 3);
        _knowsReplies = true;
    }

    private void Read(bool broken)
    {
        Span<byte> room = _input.Reserve(ReadBytes);
        nint count = _loop.Receive(this, room);
        if (count > 0)
        {
            _input.Commit((int)count);
            if (!_sawInput)
            {
                _sawInput = true;
                _binary = _input.Data[0] == BinaryParser.Magic;
            }

            Process();
        }
        else
        {
            _input.Consume(0);
            _endOfInput |= count == 0;
            _broken |= count < -1 || broken;
        }

        MarkDirty();
    }

    public void MarkDirty()
    {
        if (!_dirty)
        {
            _dirty = true;
            _loop.AddDirty(this);
        }
    }
}
