namespace Fleet.Proxy.Protocol;

/// <summary>The replies that the proxy makes itself, in memcached 1.6's words where memcached has them.</summary>
internal static class Replies
{
    /// <summary>The memcached whose dialect the proxy speaks. Clients choose behaviour by it, and some take nothing but three numbers.</summary>
    public const string VersionText = "1.6.18";

    public static readonly byte[] Ok = "OK\r\n"u8.ToArray();
    public static readonly byte[] End = "END\r\n"u8.ToArray();
    public static readonly byte[] Reset = "RESET\r\n"u8.ToArray();
    public static readonly byte[] Error = "ERROR\r\n"u8.ToArray();
    public static readonly byte[] Version = System.Text.Encoding.ASCII.GetBytes($"VERSION {VersionText}\r\n");
    public static readonly byte[] VersionBytes = System.Text.Encoding.ASCII.GetBytes(VersionText);
    public static readonly byte[] Stored = "STORED\r\n"u8.ToArray();
    public static readonly byte[] NoShutdown = "ERROR: shutdown not enabled\r\n"u8.ToArray();
    public static readonly byte[] Unauthenticated = "CLIENT_ERROR unauthenticated\r\n"u8.ToArray();
    public static readonly byte[] LoginTooLong = "CLIENT_ERROR auth token too long\r\n"u8.ToArray();
    public static readonly byte[] BadLogin = "CLIENT_ERROR bad authentication token format\r\n"u8.ToArray();
    public static readonly byte[] BadTermination = "CLIENT_ERROR bad command line termination\r\n"u8.ToArray();
    public static readonly byte[] LoginFailed = "CLIENT_ERROR authentication failure\r\n"u8.ToArray();
    public static readonly byte[] BadFormat = "CLIENT_ERROR bad command line format\r\n"u8.ToArray();
    public static readonly byte[] BadDelete = "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n"u8.ToArray();
    public static readonly byte[] BadDetail = "CLIENT_ERROR usage: stats detail on|off|dump\r\n"u8.ToArray();
    public static readonly byte[] BadChunk = "CLIENT_ERROR bad data chunk\r\n"u8.ToArray();
    public static readonly byte[] BadDelta = "CLIENT_ERROR invalid numeric delta argument\r\n"u8.ToArray();
    public static readonly byte[] BadExpiry = "CLIENT_ERROR invalid exptime argument\r\n"u8.ToArray();
    public static readonly byte[] LineTooLong = "CLIENT_ERROR line too long\r\n"u8.ToArray();
    public static readonly byte[] TooLarge = "SERVER_ERROR object too large for cache\r\n"u8.ToArray();

    public static readonly byte[] MetaMiss = "EN\r\n"u8.ToArray();
    public static readonly byte[] MetaNoop = "MN\r\n"u8.ToArray();
    public static readonly byte[] BadBase64 = "CLIENT_ERROR error decoding key\r\n"u8.ToArray();
    public static readonly byte[] BadToken = "CLIENT_ERROR bad token in command line format\r\n"u8.ToArray();
    public static readonly byte[] BadInitial = "CLIENT_ERROR invalid numeric initial value\r\n"u8.ToArray();
    public static readonly byte[] BadMetaDelta = "CLIENT_ERROR invalid numeric delta value\r\n"u8.ToArray();
    public static readonly byte[] BadMode = "CLIENT_ERROR incorrect length for M token\r\n"u8.ToArray();
    public static readonly byte[] BadStoreMode = "CLIENT_ERROR invalid mode for ms M token\r\n"u8.ToArray();
    public static readonly byte[] BadCountMode = "CLIENT_ERROR invalid mode for ma M token\r\n"u8.ToArray();
    public static readonly byte[] InvalidFlag = "CLIENT_ERROR invalid flag\r\n"u8.ToArray();
    public static readonly byte[] DuplicateFlag = "CLIENT_ERROR duplicate flag\r\n"u8.ToArray();
    public static readonly byte[] InvalidOrDuplicate = "CLIENT_ERROR invalid or duplicate flag\r\n"u8.ToArray();
    public static readonly byte[] TooManyFlags = "CLIENT_ERROR options flags are too long\r\n"u8.ToArray();
    public static readonly byte[] TooManyFlagsOfChange = "CLIENT_ERROR options flags too long\r\n"u8.ToArray();
    public static readonly byte[] LongOpaque = "CLIENT_ERROR opaque token too long\r\n"u8.ToArray();

    public static readonly byte[] NoNode = "SERVER_ERROR no node takes requests\r\n"u8.ToArray();
    public static readonly byte[] NodeDown = "SERVER_ERROR node is down\r\n"u8.ToArray();
    public static readonly byte[] NodeFull = "SERVER_ERROR node queue is full\r\n"u8.ToArray();
    public static readonly byte[] TooManyTransfers = "SERVER_ERROR too many large values on their way\r\n"u8.ToArray();
    public static readonly byte[] ConnectionLost = "SERVER_ERROR connection to node lost\r\n"u8.ToArray();
    public static readonly byte[] ConnectFailed = "SERVER_ERROR node refused the connection\r\n"u8.ToArray();
    public static readonly byte[] TimedOut = "SERVER_ERROR node timed out\r\n"u8.ToArray();
    public static readonly byte[] BadReply = "SERVER_ERROR node sent a malformed reply\r\n"u8.ToArray();
}
