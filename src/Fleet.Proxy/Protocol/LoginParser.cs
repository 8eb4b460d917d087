namespace Fleet.Proxy.Protocol;

/// <summary>
/// The text protocol before a user is known, as memcached <c>-Y</c> has it: <c>set KEY FLAGS EXPTIME BYTES\r\nUSER PASSWORD\r\n</c>; key,
/// flags and time are not looked at, and every other command is refused.
/// </summary>
internal static class LoginParser
{
    /// <summary>Longest user name and password with the space between, bytes.</summary>
    private const int MaxToken = 2048;

    private const int WordsBeforeLength = 3;
    private const int LineEnd = 2;

    /// <summary>Reads the first command; false when more input is needed first.</summary>
    public static bool TryParse(ReadOnlySpan<byte> input, ref Login login)
    {
        int end = input.IndexOf((byte)'\n');
        if (end < 0 || end > CommandParser.MaxLine)
        {
            login.Problem = end > 0 || input.Length > CommandParser.MaxLine ? Replies.LineTooLong : null;
            login.Close = login.Problem is not null;
            login.Consumed = login.Close ? input.Length : 0;
            return login.Close;
        }

        ReadOnlySpan<byte> rest = input[..end].TrimEnd((byte)'\r');
        login.Consumed = end + 1;
        login.Problem = Replies.Unauthenticated;
        bool set = Words.Next(ref rest).SequenceEqual("set"u8);
        for (int i = 0; i < WordsBeforeLength; i++)
        {
            set &= !Words.Next(ref rest).IsEmpty;
        }

        if (!set || !Words.IsInt32(Words.Next(ref rest), out int length) || length is < 0 or > int.MaxValue - LineEnd)
        {
            return true;
        }

        if (length > MaxToken)
        {
            login.Problem = Replies.LoginTooLong;
            login.Swallow = (long)length + LineEnd;
            return true;
        }

        if (input.Length < login.Consumed + length + LineEnd)
        {
            return false;
        }

        Token(input.Slice(login.Consumed, length + LineEnd), ref login);
        login.Consumed += length + LineEnd;
        return true;
    }

    private static void Token(ReadOnlySpan<byte> value, ref Login login)
    {
        ReadOnlySpan<byte> token = value[..^LineEnd];
        int space = token.IndexOf((byte)' ');
        if (!value.EndsWith("\r\n"u8))
        {
            login.Problem = Replies.BadTermination;
        }
        else if (space < 0)
        {
            login.Problem = Replies.BadLogin;
        }
        else
        {
            login.Problem = null;
            login.User = token[..space];
            login.Password = token[(space + 1)..];
        }
    }
}
