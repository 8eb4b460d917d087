using System.CommandLine;

namespace Fleet.Cli.Commands;

/// <summary>The <c>fleet</c> command: one line per command.</summary>
internal static class RootCommands
{
    /// <summary>Builds the command tree.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand("Fleet: a load balancer that tunes its servers for the least energy under a latency promise.");
        root.Add(LoadCommand.Create());
        return root;
    }
}
