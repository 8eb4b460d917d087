namespace Fleet.Proxy.Tests.Protocol;

/// <summary>Commands that concern a server as a whole.</summary>
internal static class AdminCases
{
    private const string OfServers = "a server's own affairs are not a proxy's: it answers as memcached answers what it does not know";
    private const string NoItems = "a proxy holds no items";

    public static WireCase[] All { get; } =
    [
        new("shutdown", "shutdown\r\nshutdown graceful\r\nversion\r\n",
            "ERROR: shutdown not enabled\r\nERROR: shutdown not enabled\r\n{V}\r\n"),
        new("unknown administration", "misbehave\r\ndebugtime p 1\r\nslabs\r\nlru\r\nlru_crawler\r\nextstore\r\nversion\r\n",
            string.Concat(Enumerable.Repeat("ERROR\r\n", 6)) + "{V}\r\n"),
        new("administration of one server",
            "cache_memlimit 100\r\nslabs automove 0\r\nlru tune 10 25 0.1 2.0\r\nlru_crawler enable\r\nwatch\r\nrefresh_certs\r\n",
            string.Concat(Enumerable.Repeat("ERROR\r\n", 6)), OfServers),
        new("prefix statistics", "stats detail on\r\nstats detail off\r\nstats detail dump\r\nstats detail foo\r\n",
            "OK\r\nOK\r\nEND\r\nCLIENT_ERROR usage: stats detail on|off|dump\r\n"),
        new("statistics of items", "stats items\r\nstats slabs\r\nstats sizes\r\nstats conns\r\nstats cachedump 1 1\r\n",
            string.Concat(Enumerable.Repeat("END\r\n", 5)), NoItems),
        new("statistics that nobody has", "stats bogus\r\nstats foo bar\r\nstats reset\r\n", "ERROR\r\nERROR\r\nRESET\r\n"),
        new("auto-discovery of nothing known", "config get other\r\nconfig set cluster 0 1\r\nconfig\r\nconfig get\r\nconfig get cluster x\r\n",
            string.Concat(Enumerable.Repeat("ERROR\r\n", 5))),
        new("flush with a delay", "set a 0 0 1\r\n1\r\nflush_all 100\r\nget a\r\nflush_all -1\r\nflush_all 0 noreply\r\nget a\r\n",
            "STORED\r\nOK\r\nVALUE a 0 1\r\n1\r\nEND\r\nOK\r\nEND\r\n"),
        new("verbosity of the nodes", "verbosity 1\r\nverbosity 0 noreply\r\nverbosity 5 6\r\nverbosity 1 x\r\n", "OK\r\nOK\r\nOK\r\n"),
    ];
}
