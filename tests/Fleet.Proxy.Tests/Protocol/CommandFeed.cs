using System.Text;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Tests.Protocol;

/// <summary>Feeds bytes to the parser as a connection does and notes the commands.</summary>
internal sealed class CommandFeed(int maxValueBytes)
{
    private byte[] _waiting = [];
    private long _swallow;
    private bool _closed;

    public List<string> Commands { get; } = [];

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        _waiting = [.. _waiting, .. bytes];
        while (_waiting.Length > 0 && !_closed)
        {
            int dropped = (int)Math.Min(_swallow, _waiting.Length);
            _swallow -= dropped;
            _waiting = _waiting[dropped..];
            if (!new CommandParser(maxValueBytes).TryParse(_waiting, out ParsedCommand command))
            {
                return;
            }

            command.Consumed.ShouldBeInRange(1, _waiting.Length);
            Commands.Add(
                $"{command.Kind}|{Text(command.Line)}|{Text(command.Key)}|{Text(command.Keys)}|{Text(command.Value)}|{command.NoReply}|"
                + $"{Text(command.Reply)}|{command.Swallow}");
            _swallow = command.Swallow;
            _closed = command.Kind is CommandKind.Close or CommandKind.Quit;
            _waiting = _waiting[command.Consumed..];
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
