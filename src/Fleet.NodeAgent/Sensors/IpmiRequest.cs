namespace Fleet.NodeAgent.Sensors;

/// <summary>One request to the management controller.</summary>
/// <param name="NetFunction">Network function.</param>
/// <param name="Command">Command.</param>
/// <param name="Data">The command's data.</param>
internal sealed record IpmiRequest(byte NetFunction, byte Command, byte[] Data);
