using Fleet.Cli.Commands;
using Fleet.Hosting.Configuration;
using Fleet.NodeAgent;

namespace Fleet.Cli.Services;

/// <summary>A service that the command line runs, with its options and their check.</summary>
/// <param name="Name">Name of the service and of its command.</param>
/// <param name="Title">What it is.</param>
/// <param name="Keys">Its options.</param>
/// <param name="Check">Throws when the options are not legal as a whole; takes the configuration file, which paths may be relative to.</param>
internal sealed record ServiceKind(string Name, string Title, IReadOnlyList<ConfigKey> Keys, Action<RawOptions, string?> Check)
{
    /// <summary>Every service.</summary>
    public static IReadOnlyList<ServiceKind> All { get; } =
    [
        new("proxy", "Proxy", ProxyCommand.Keys, (raw, file) => ProxyCommand.Options(raw, file)),
        new("controller", "Controller", ControllerCommand.Keys, (raw, _) => ControllerCommand.Options(raw)),
        new("agent", "Node agent", AgentKeys.All, (raw, _) => AgentKeys.Read(raw, needsDevice: true)),
    ];
}
