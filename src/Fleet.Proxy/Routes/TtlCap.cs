using System.Buffers.Text;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Routes;

/// <summary>
/// Rewrites a request so that nothing it stores lives longer than a bound. Times are memcached's: up to 30 days relative, then unix.
/// </summary>
internal static class TtlCap
{
    private const long LongestRelative = 60 * 60 * 24 * 30;

    /// <summary>Copies a request with its times to live bounded.</summary>
    /// <param name="output">Takes the request.</param>
    /// <param name="request">Line and value.</param>
    /// <param name="capSeconds">Bound, s.</param>
    /// <param name="unixNow">Now, unix seconds.</param>
    public static void Write(ByteBuffer output, ReadOnlySpan<byte> request, int capSeconds, long unixNow)
    {
        int end = request.IndexOf((byte)'\r');
        ReadOnlySpan<byte> rest = request[..end];
        ReadOnlySpan<byte> verb = Words.Next(ref rest);
        output.Append(verb);
        int place = Place(verb);
        bool meta = verb.Length == 2 && verb[0] == 'm';
        bool capped = false;
        int number = 0;
        for (ReadOnlySpan<byte> word = Words.Next(ref rest); !word.IsEmpty; word = Words.Next(ref rest))
        {
            number++;
            output.Append(" "u8);
            bool time = meta ? number > 1 && word.Length > 1 && word[0] is (byte)'T' or (byte)'N' : number == place;
            if (!time)
            {
                output.Append(word);
                continue;
            }

            capped |= meta && word[0] == 'T';
            output.Append(meta ? word[..1] : default);
            RequestWords.AppendNumber(output, Bounded(meta ? word[1..] : word, capSeconds, unixNow));
        }

        // A store without a time lives for ever.
        if (meta && verb[1] == 's' && !capped)
        {
            output.Append(" T"u8);
            RequestWords.AppendNumber(output, capSeconds);
        }

        output.Append(request[end..]);
    }

    /// <summary>Which word after the verb is the time; 0: none.</summary>
    private static int Place(ReadOnlySpan<byte> verb) =>
        verb.SequenceEqual("set"u8) || verb.SequenceEqual("add"u8) || verb.SequenceEqual("replace"u8) || verb.SequenceEqual("cas"u8) ? 3
        : verb.SequenceEqual("touch"u8) ? 2
        : verb.SequenceEqual("gat"u8) || verb.SequenceEqual("gats"u8) ? 1
        : 0;

    private static long Bounded(ReadOnlySpan<byte> word, int cap, long unixNow)
    {
        if (!Utf8Parser.TryParse(word, out long given, out _))
        {
            return cap;
        }

        long relative = given > LongestRelative ? given - unixNow : given;
        return given < 0 || (given > LongestRelative && relative <= 0) ? -1 : given == 0 ? cap : Math.Min(relative, cap);
    }
}
