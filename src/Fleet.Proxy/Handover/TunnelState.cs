namespace Fleet.Proxy.Handover;

/// <summary>A tunnel of an l4 pool: both its connections and the bytes that one side has not taken yet.</summary>
/// <param name="PoolId">Whose.</param>
/// <param name="NodeId">The server; empty while none has answered yet.</param>
/// <param name="Address">The server's address as configured.</param>
internal sealed record TunnelState(string PoolId, string NodeId, string Address) : Handed
{
    /// <summary>The client's connection.</summary>
    public TunnelSide Client { get; init; } = TunnelSide.None;

    /// <summary>The server's connection.</summary>
    public TunnelSide Server { get; init; } = TunnelSide.None;

    /// <summary>Reads the payload of <see cref="HandoverKind.Tunnel"/>.</summary>
    /// <param name="message">The message, with the client's connection.</param>
    /// <param name="server">The server's connection, which came before; -1 without one.</param>
    public static TunnelState Parse(HandoverMessage message, int server)
    {
        using var reader = new BinaryReader(new MemoryStream(message.Payload));
        return new TunnelState(reader.ReadString(), reader.ReadString(), reader.ReadString())
        {
            Client = TunnelSide.Read(reader, message.Descriptor),
            Server = TunnelSide.Read(reader, server),
        };
    }

    /// <inheritdoc/>
    public override void SendOn(HandoverChannel channel)
    {
        // A message carries one descriptor.
        if (Server.Descriptor >= 0)
        {
            channel.Send(HandoverKind.TunnelServer, [], Server.Descriptor);
        }

        channel.Send(HandoverKind.Tunnel, ToPayload(), Client.Descriptor);
    }

    /// <inheritdoc/>
    public override void Close()
    {
        Client.Close();
        Server.Close();
    }

    private byte[] ToPayload()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(PoolId);
        writer.Write(NodeId);
        writer.Write(Address);
        Client.Write(writer);
        Server.Write(writer);
        return bytes.ToArray();
    }
}
