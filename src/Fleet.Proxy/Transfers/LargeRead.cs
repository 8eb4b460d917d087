using System.Buffers.Text;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Transfers;

/// <summary>
/// A large value on its way from a node to a client, asked for again over a connection of its own once its size is known; what the node
/// sends on the shared connection is dropped, which takes as long as the node needs and not as long as the client. Begins when the client's
/// earlier replies are out, and reads from the node no faster than the client does.
/// </summary>
internal sealed class LargeRead : ITransfer
{
    private const int LineEnd = 2;
    private const int MaxHeader = 2048;

    private readonly EventLoop _loop;
    private readonly ClientConnection _client;
    private readonly NodeConnection _node;
    private readonly PendingRequest _request;
    private readonly byte[] _key;
    private readonly byte[] _first;
    private TransferLink? _link;
    private long _left = -1;

    /// <param name="loop">The loop.</param>
    /// <param name="client">Wants the value.</param>
    /// <param name="node">Has it.</param>
    /// <param name="request">How the client is to be answered.</param>
    /// <param name="key">The key in its plain form.</param>
    /// <param name="header">The first line of the node's reply: the flags that the client asked for.</param>
    public LargeRead(
        EventLoop loop,
        ClientConnection client,
        NodeConnection node,
        in PendingRequest request,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> header)
    {
        (_loop, _client, _node, _request, _key, _first) = (loop, client, node, request, key.ToArray(), header.ToArray());
    }

    /// <summary>The client's place for the reply.</summary>
    public long Slot => _request.Slot;

    public bool IsBegun => _link is not null;

    /// <summary>Asks the node; the client's turn has come.</summary>
    public void Begin()
    {
        _link = new TransferLink(_loop, _node, this);
        if (_client.Slots.HeadIsSilent)
        {
            End(Replies.End, ReplyOutcome.Hit);
        }
        else if (!_loop.HasRoomForTransfer)
        {
            End(Replies.TooManyTransfers, ReplyOutcome.Error);
        }
        else
        {
            Routes.RequestWords.WriteRead(_link.Output, _key);
            _link.NodeIsDue = true;
            _link.Open();
        }
    }

    /// <summary>The client has taken some of its bytes, or none.</summary>
    public void Pace()
    {
        if (_link is not null)
        {
            _link.Reads = _client.OutputBytes < _loop.Limits.TransferBytes;
        }
    }

    /// <summary>The client is gone.</summary>
    public void Abandon() => _link?.Close();

    /// <inheritdoc />
    public void OnProgress(TransferLink link)
    {
        if (_left < 0 && !ReadHeader(link))
        {
            return;
        }

        // Binary replies have no line end after the value.
        int end = _request.Shape == ReplyShape.Binary ? LineEnd : 0;
        int count = (int)Math.Min(_left, link.Input.Length);
        int told = (int)Math.Min(Math.Max(_left - end, 0), count);
        _client.Slots.Stream(link.Input.Data[..told]);
        link.Input.Consume(count);
        _left -= count;
        _client.MarkDirty();
        if (_left == 0)
        {
            link.Close();
            _client.EndLarge(this, _request, _request.Shape is ReplyShape.Values or ReplyShape.MetaAsClassic ? Replies.End : []);
        }
        else
        {
            Pace();
        }
    }

    /// <inheritdoc />
    public void OnLost(TransferLink link, byte[] reply)
    {
        if (_left < 0)
        {
            End(reply, ReplyOutcome.Error);
        }
        else
        {
            // Half a value cannot be taken back.
            _client.Break();
        }
    }

    /// <summary>Tells the first line when it is there: what the node said at first, with the size and version of what follows.</summary>
    private bool ReadHeader(TransferLink link)
    {
        ReadOnlySpan<byte> input = link.Input.Data;
        int length = input.IndexOf((byte)'\n') + 1;
        if (length == 0 && input.Length <= MaxHeader)
        {
            return false;
        }

        ReadOnlySpan<byte> words = length > LineEnd ? input[..(length - LineEnd)] : default;
        if (!words.StartsWith("VA "u8) || !Utf8Parser.TryParse(words[3..], out long size, out _) || size < 0 || size > _loop.MaxReplyValueBytes)
        {
            // Gone meanwhile, as any item may.
            bool missed = words.StartsWith("EN"u8);
            bool failed = words.StartsWith("SERVER_ERROR"u8);
            byte[] told = missed ? Miss() : failed ? input[..length].ToArray() : Replies.BadReply;
            link.Close();
            End(told, missed ? ReplyOutcome.Line : ReplyOutcome.Error);
            return false;
        }

        ByteBuffer header = _loop.Scratch;
        WriteHeader(header, words[3..], size);
        _client.Slots.Stream(header.Data);
        header.Clear();
        link.Input.Consume(length);
        _left = size + LineEnd;
        return true;
    }

    private void WriteHeader(ByteBuffer output, ReadOnlySpan<byte> words, long size)
    {
        ReadOnlySpan<byte> first = _first.AsSpan(0, _first.Length - LineEnd);
        switch (_request.Shape)
        {
            case ReplyShape.Binary:
                BinaryReply.WriteValueHeader(output, _request, MetaReply.Flag(first, (byte)'k').IsEmpty ? default : _key, words, size);
                break;
            case ReplyShape.Meta:
                LargeHeader.WriteMeta(output, first, words);
                break;
            default:
                LargeHeader.WriteClassic(output, first, words, _key);
                break;
        }
    }

    private byte[] Miss() => _request.Shape is ReplyShape.Values or ReplyShape.MetaAsClassic ? Replies.End
        : _request is { Shape: ReplyShape.Meta, Quiet: true } ? []
        : Replies.MetaMiss;

    private void End(byte[] reply, ReplyOutcome outcome) => _client.EndLarge(this, _request, reply, outcome);
}
