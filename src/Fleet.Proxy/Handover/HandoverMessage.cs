namespace Fleet.Proxy.Handover;

/// <summary>A message as received.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Payload">Its content.</param>
/// <param name="Descriptor">The descriptor that came with it, owned by the receiver; -1 without one.</param>
internal readonly record struct HandoverMessage(HandoverKind Kind, byte[] Payload, int Descriptor);
