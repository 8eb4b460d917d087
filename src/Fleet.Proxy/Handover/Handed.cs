namespace Fleet.Proxy.Handover;

/// <summary>A connection on its way to the process that takes over; its descriptors are owned by whoever holds this.</summary>
internal abstract record Handed
{
    /// <summary>Sends it; the receiver gets descriptors of its own.</summary>
    /// <exception cref="IOException">The other process is gone.</exception>
    public abstract void SendOn(HandoverChannel channel);

    /// <summary>Closes the descriptors here.</summary>
    public abstract void Close();
}
