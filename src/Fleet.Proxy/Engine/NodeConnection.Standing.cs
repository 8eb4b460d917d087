namespace Fleet.Proxy.Engine;

/// <summary>What routes and health ask of a node's connection beside sending.</summary>
internal sealed partial class NodeConnection
{
    /// <summary>The connection was up until its last loss.</summary>
    public bool WasUp { get; private set; }

    public void CountRefused() => _traffic.Errors++;
}
