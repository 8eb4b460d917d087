namespace Fleet.Proxy.Protocol;

/// <summary>What a client said before its user was known.</summary>
internal ref struct Login
{
    public ReadOnlySpan<byte> User;

    public ReadOnlySpan<byte> Password;

    /// <summary>Why it is no login, as the reply to it; null when it is one.</summary>
    public byte[]? Problem;

    /// <summary>The connection ends after the reply.</summary>
    public bool Close;

    /// <summary>Bytes of input that the command takes.</summary>
    public int Consumed;

    /// <summary>Bytes still to be dropped after <see cref="Consumed"/>.</summary>
    public long Swallow;
}
