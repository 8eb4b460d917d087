using System.Text;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Tests.Protocol;

/// <summary>Feeds bytes to the parser as a connection does and notes the commands.</summary>
internal sealed class CommandFeed(int maxValueBytes)
{
    private byte[] _waiting = [];
    private long _swallow;
    private bool _closed;
    private bool? _binary;

    public List<string> Commands { get; } = [];

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        _waiting = [.. _waiting, .. bytes];
        while (_waiting.Length > 0 && !_closed)
        {
            int dropped = (int)Math.Min(_swallow, _waiting.Length);
            _swallow -= dropped;
            _waiting = _waiting[dropped..];
            _binary ??= _waiting.Length == 0 ? null : _waiting[0] == BinaryParser.Magic;
            if (_binary is null || !(_binary.Value ? TryBinary() : TryText()))
            {
                return;
            }
        }
    }

    private bool TryBinary()
    {
        if (!new BinaryParser(maxValueBytes).TryParse(_waiting, out BinaryRequest request))
        {
            return false;
        }

        // How much of what cannot be understood is dropped at once is not the client's business.
        request.Consumed.ShouldBeInRange(1, _waiting.Length);
        _swallow = request.Swallow;
        _closed = request.Close || request.Operation == BinaryOpcode.Quit;
        Commands.Add(
            $"{request.Opcode}|{request.Operation}|{request.Quiet}|{Text(request.Key)}|{Text(request.Extras)}|{Text(request.Value)}|"
            + $"{request.Problem}|{request.Close}|{request.Swallow}|{request.Opaque}|{request.Unique}");
        _waiting = _waiting[request.Consumed..];
        return true;
    }

    private bool TryText()
    {
        if (!new CommandParser(maxValueBytes).TryParse(_waiting, out ParsedCommand command))
        {
            return false;
        }

        command.Consumed.ShouldBeInRange(1, _waiting.Length);
        Commands.Add(
            $"{command.Kind}|{Text(command.Line)}|{Text(command.Key)}|{Text(command.Keys)}|{Text(command.Value)}|{command.NoReply}|"
            + $"{Text(command.Reply)}|{command.Swallow}|{Text(command.Tail)}|{command.Quiet}|{command.Topic}");
        _swallow = command.Swallow;
        _closed = command.Kind is CommandKind.Close or CommandKind.Quit;
        _waiting = _waiting[command.Consumed..];
        return true;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
