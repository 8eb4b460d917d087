using Fleet.Proxy.Native;

namespace Fleet.Proxy.Handover;

/// <summary>One of the two connections of a tunnel that changes hands.</summary>
/// <param name="Descriptor">The connection; -1 when it is over.</param>
/// <param name="EndOfInput">Nothing more comes from here.</param>
/// <param name="EndOfOutput">Nothing more may be sent here.</param>
/// <param name="Output">Still to be sent here.</param>
internal sealed record TunnelSide(int Descriptor, bool EndOfInput, bool EndOfOutput, byte[] Output)
{
    /// <summary>No connection.</summary>
    public static TunnelSide None { get; } = new(-1, false, false, []);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static TunnelSide Read(BinaryReader reader, int descriptor) =>
        new(descriptor, reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadBytes(reader.ReadInt32()));

    /// <summary>Writes everything but the descriptor.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(EndOfInput);
        writer.Write(EndOfOutput);
        writer.Write(Output.Length);
        writer.Write(Output);
    }

    /// <summary>Closes the connection here.</summary>
    public void Close()
    {
        if (Descriptor >= 0)
        {
            _ = Libc.Close(Descriptor);
        }
    }
}
