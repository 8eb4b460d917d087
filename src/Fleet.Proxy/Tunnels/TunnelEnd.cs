using Fleet.Proxy.Engine;

namespace Fleet.Proxy.Tunnels;

/// <summary>One of the two connections of a tunnel.</summary>
internal sealed class TunnelEnd(Tunnel tunnel, BufferPool buffers) : Pollable
{
    /// <summary>Bytes from the other end that this one has not taken yet.</summary>
    public ByteBuffer Output { get; } = new(buffers);

    /// <summary>Nothing more will come from here.</summary>
    public bool EndOfInput { get; set; }

    /// <summary>Nothing more will be sent here.</summary>
    public bool EndOfOutput { get; set; }

    /// <inheritdoc />
    public override void OnEvents(uint events) => tunnel.OnEvents(this, events);
}
