namespace Fleet.Proxy.Protocol;

/// <summary>The PLAIN mechanism (RFC 4616): [authorisation identity] NUL user NUL password.</summary>
internal static class SaslPlain
{
    public static bool TryRead(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> user, out ReadOnlySpan<byte> password)
    {
        user = password = default;
        int first = message.IndexOf((byte)0);
        ReadOnlySpan<byte> rest = message[(first + 1)..];
        int second = rest.IndexOf((byte)0);
        if (first < 0 || second <= 0)
        {
            return false;
        }

        user = rest[..second];
        password = rest[(second + 1)..];
        return true;
    }
}
