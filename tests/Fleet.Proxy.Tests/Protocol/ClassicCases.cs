namespace Fleet.Proxy.Tests.Protocol;

/// <summary>Good and bad bytes of the classic text protocol.</summary>
internal static class ClassicCases
{
    public const string Swallows = "1.6.18 reads the refused value as a command; later versions drop it, as the proxy does";
    private const string Loses = "1.6.18 closes without sending the replies to earlier commands of the same packet";
    public static readonly string Key250 = new('k', 250);
    public static readonly string Key251 = new('k', 251);
    private static readonly string Value8K = new('v', 8192);
    public static readonly string TooLarge = new('x', (1 << 20) + 1);
    private static readonly string ManyKeys = string.Join(' ', Enumerable.Range(0, 1000).Select(i => $"none{i}"));

    public static WireCase[] All { get; } =
    [
        new("store and read", "set a 5 0 3\r\nabc\r\nget a\r\n", "STORED\r\nVALUE a 5 3\r\nabc\r\nEND\r\n"),
        new("miss", "get nothing\r\n", "END\r\n"),
        new("empty value", "set a 0 0 0\r\n\r\nget a\r\n", "STORED\r\nVALUE a 0 0\r\n\r\nEND\r\n"),
        new("value that looks like protocol",
            "set a 0 0 12\r\nEND\r\nVALUE \r\r\nget a\r\n", "STORED\r\nVALUE a 0 12\r\nEND\r\nVALUE \r\r\nEND\r\n"),
        new("value with NUL and high bytes",
            "set a 0 0 4\r\n\0\u00ff\n\u0080\r\nget a\r\n", "STORED\r\nVALUE a 0 4\r\n\0\u00ff\n\u0080\r\nEND\r\n"),
        new("value of 8 KiB", $"set a 0 0 8192\r\n{Value8K}\r\nget a\r\n", $"STORED\r\nVALUE a 0 8192\r\n{Value8K}\r\nEND\r\n"),
        new("several keys in order, one twice", "set a 0 0 1\r\n1\r\nset b 0 0 1\r\n2\r\nget b none a b\r\n",
            "STORED\r\nSTORED\r\nVALUE b 0 1\r\n2\r\nVALUE a 0 1\r\n1\r\nVALUE b 0 1\r\n2\r\nEND\r\n"),
        new("many keys in order, some of them there",
            "set a 0 0 1\r\n1\r\nset b 3 0 2\r\n22\r\nset c 0 0 0\r\n\r\nget n1 a n2 b n3 c n4 a n5  n6 ab n7 b\r\nget a\r\n",
            "STORED\r\nSTORED\r\nSTORED\r\nVALUE a 0 1\r\n1\r\nVALUE b 3 2\r\n22\r\nVALUE c 0 0\r\n\r\n"
            + "VALUE a 0 1\r\n1\r\nVALUE b 3 2\r\n22\r\nEND\r\nVALUE a 0 1\r\n1\r\nEND\r\n"),
        new("a thousand keys", $"get {ManyKeys}\r\n", "END\r\n"),
        new("add and replace", "add a 0 0 1\r\n1\r\nadd a 0 0 1\r\n2\r\nreplace a 0 0 1\r\n3\r\nreplace b 0 0 1\r\n4\r\nget a\r\n",
            "STORED\r\nNOT_STORED\r\nSTORED\r\nNOT_STORED\r\nVALUE a 0 1\r\n3\r\nEND\r\n"),
        new("append and prepend", "set a 0 0 1\r\n2\r\nappend a 0 0 1\r\n3\r\nprepend a 0 0 1\r\n1\r\nget a\r\nappend b 0 0 1\r\n1\r\n",
            "STORED\r\nSTORED\r\nSTORED\r\nVALUE a 0 3\r\n123\r\nEND\r\nNOT_STORED\r\n"),
        new("cas of a missing key", "cas a 0 0 1 7\r\n1\r\n", "NOT_FOUND\r\n"),
        new("cas of a changed key", "set a 0 0 1\r\n1\r\ncas a 0 0 1 999999999\r\n2\r\n", "STORED\r\nEXISTS\r\n"),
        new("delete", "set a 0 0 1\r\n1\r\ndelete a\r\ndelete a\r\ndelete a 0\r\n", "STORED\r\nDELETED\r\nNOT_FOUND\r\nNOT_FOUND\r\n"),
        new("delete with a time", "delete a 10\r\n", "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n"),
        new("counting", "set a 0 0 2\r\n10\r\nincr a 5\r\ndecr a 7\r\ndecr a 100\r\nget a\r\nincr b 1\r\n",
            "STORED\r\n15\r\n8\r\n0\r\nVALUE a 0 2\r\n0 \r\nEND\r\nNOT_FOUND\r\n"),
        new("counting wraps", "set a 0 0 20\r\n18446744073709551615\r\nincr a 1\r\n", "STORED\r\n0\r\n"),
        new("bad delta", "incr a abc\r\nincr a -1\r\nincr a 18446744073709551616\r\n",
            string.Concat(Enumerable.Repeat("CLIENT_ERROR invalid numeric delta argument\r\n", 3))),
        new("counting on text",
            "set a 0 0 1\r\nx\r\nincr a 1\r\n", "STORED\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\n"),
        new("touch", "set a 0 0 1\r\n1\r\ntouch a 100\r\ntouch b 100\r\ntouch a\r\ntouch a x\r\n",
            "STORED\r\nTOUCHED\r\nNOT_FOUND\r\nERROR\r\nCLIENT_ERROR invalid exptime argument\r\n"),
        new("get and touch", "set a 0 0 1\r\n1\r\ngat 100 a b\r\ngat x a\r\ngat\r\ngat 100\r\n",
            "STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\nCLIENT_ERROR invalid exptime argument\r\nERROR\r\nEND\r\n"),
        new("noreply",
            "set a 0 0 1 noreply\r\n1\r\nincr a 1 noreply\r\ntouch a 0 noreply\r\n"
            + "append a 0 0 1 noreply\r\n0\r\nget a\r\ndelete a noreply\r\nget a\r\n",
            "VALUE a 0 2\r\n20\r\nEND\r\nEND\r\n"),
        new("noreply of a refused command", "incr a x noreply\r\nverbosity 1 noreply\r\nflush_all x noreply\r\nget a\r\n", "END\r\n"),
        new("an option that is not noreply", "set a 0 0 1 quiet\r\n1\r\n", "STORED\r\n"),
        new("flush_all",
            "set a 0 0 1\r\n1\r\nset b 0 0 1\r\n1\r\nflush_all\r\nget a b\r\nflush_all 0\r\nflush_all x\r\nflush_all 1 2 3\r\n",
            "STORED\r\nSTORED\r\nOK\r\nEND\r\nOK\r\nCLIENT_ERROR invalid exptime argument\r\nERROR\r\n"),
        new("version with any words", "version\r\nversion foo bar\r\nversion noreply\r\n", "{V}\r\n{V}\r\n{V}\r\n"),
        new("verbosity", "verbosity 1\r\nverbosity\r\nverbosity foo bar my\r\nverbosity noreply\r\nverbosity foo\r\n",
            "OK\r\nERROR\r\nERROR\r\nCLIENT_ERROR bad command line format\r\n"),
        new("unknown commands",
            "foo\r\n\r\nGET a\r\nget\r\nset a 0 0\r\nstats bogus\r\n", "ERROR\r\nERROR\r\nERROR\r\nERROR\r\nERROR\r\nERROR\r\n"),
        new("spaces", "  get   a  \r\n version \r\nset  a  0  0  1 \r\n1\r\n", "END\r\n{V}\r\nSTORED\r\n"),
        new("bare line feeds", "get a\nversion\nset a 0 0 1\n1\r\n", "END\r\n{V}\r\nSTORED\r\n"),
        new("key of 250 bytes", $"set {Key250} 0 0 1\r\n1\r\nget {Key250}\r\n", $"STORED\r\nVALUE {Key250} 0 1\r\n1\r\nEND\r\n"),
        new("key of 251 bytes", $"get {Key251}\r\ndelete {Key251}\r\ntouch {Key251} 0\r\nincr {Key251} 1\r\n",
            string.Concat(Enumerable.Repeat("CLIENT_ERROR bad command line format\r\n", 4))),
        new("a long key refuses the whole get",
            $"set a 0 0 1\r\n1\r\nget a {Key251}\r\n", "STORED\r\nCLIENT_ERROR bad command line format\r\n",
            "1.6.18 loses the replies to the commands before it in the same packet"),
        new("control characters and high bytes in a key", "set \u0001\u00e9 0 0 1\r\n1\r\nget \u0001\u00e9\r\n",
            "STORED\r\nVALUE \u0001\u00e9 0 1\r\n1\r\nEND\r\n"),
        new("NUL in a key",
            "get a\0b\r\n", "CLIENT_ERROR bad command line format\r\n", "memcached cuts the key at the NUL and reads another one"),
        new("stored key of 251 bytes",
            $"set {Key251} 0 0 7\r\nversion\r\nget a\r\n", "CLIENT_ERROR bad command line format\r\nEND\r\n", Swallows),
        new("bad flags", "set a x 0 7\r\nversion\r\nset a -1 0 7\r\nversion\r\nget a\r\n",
            "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\nEND\r\n", Swallows),
        new("bad unique", "cas a 0 0 7 x\r\nversion\r\nget a\r\n", "CLIENT_ERROR bad command line format\r\nEND\r\n", Swallows),
        new("negative length", "set a 0 0 -1\r\nget a\r\n", "CLIENT_ERROR bad command line format\r\nEND\r\n"),
        new("length beyond 32 bits", "set a 0 0 4294967297\r\n1\r\nget a\r\n", "CLIENT_ERROR bad command line format\r\nERROR\r\nEND\r\n",
            "1.6.18 takes the length modulo 2^32"),
        new("largest length", "set a 0 0 2147483647\r\nget a\r\n", "CLIENT_ERROR bad command line format\r\nEND\r\n"),
        new("wide flags and long life", "set a 4294967296 4294967297 1\r\n1\r\ntouch a 99999999999\r\n", "STORED\r\nTOUCHED\r\n"),
        new("data longer than said", "set a 0 0 3\r\nabcdef\r\nget a\r\n", "CLIENT_ERROR bad data chunk\r\nERROR\r\nEND\r\n"),
        new("value too large", $"set a 0 0 1\r\n1\r\nset a 0 0 {TooLarge.Length}\r\n{TooLarge}\r\nget a\r\n",
            "STORED\r\nSERVER_ERROR object too large for cache\r\nEND\r\n"),
        new("value too large, noreply", $"set a 0 0 {TooLarge.Length} noreply\r\n{TooLarge}\r\nversion\r\n", "{V}\r\n"),
        new("quit after pipelined commands", "set a 0 0 1\r\n1\r\nget a\r\nquit\r\nget a\r\n", "STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n"),
        new("half a command at the end", "set a 0 0 1\r\n1\r\nget a\r\nget", "STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n"),
        new("half a value at the end", "version\r\nset a 0 0 10\r\nabc", "{V}\r\n", Loses),
        new("HTTP", "GET / HTTP/1.1\r\nversion\r\n", ""),
        new("HTTP after a command", "version\r\nGET / HTTP/1.1\r\nversion\r\n", "{V}\r\n", Loses),
        new("long line", $"{new string('x', 3000)}\r\nversion\r\n", "CLIENT_ERROR line too long\r\n",
            "1.6.18 answers ERROR or closes, as the line was cut into packets; the proxy says why and closes"),
    ];
}
