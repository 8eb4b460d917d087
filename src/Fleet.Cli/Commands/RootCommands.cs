using System.CommandLine;

namespace Fleet.Cli.Commands;

/// <summary>The <c>fleet</c> command: one line per command.</summary>
internal static class RootCommands
{
    /// <summary>Builds the command tree.</summary>
    /// <param name="first">
    /// First word of the command line. For an agent the other commands are left out: they are code and memory that a guest on a server
    /// does not need.
    /// </param>
    /// <param name="become">Turns this process into another program; null: never.</param>
    public static RootCommand Create(string? first = null, Action<IEnumerable<string>>? become = null)
    {
        var root = new RootCommand("Fleet: a load balancer that tunes its servers for the least energy under a latency promise.");
        root.Add(AgentCommand.Create(become));
        if (first == "agent")
        {
            return root;
        }

        root.Add(ProxyCommand.Create());
        root.Add(ControllerCommand.Create());
        root.Add(ConfigCommand.Create());
        root.Add(PoolCommand.Create());
        root.Add(NodeCommand.Create());
        root.Add(ProxiesCommand.Create());
        root.Add(StatusCommand.Create());
        root.Add(GetCommand.Create());
        root.Add(DescribeCommand.Create());
        root.Add(ApplyCommand.Create());
        root.Add(DeleteCommand.Create());
        root.Add(WatchCommand.Create());
        foreach (Command command in NodeStateCommands.Create().Concat(AuditCommands.Create()))
        {
            root.Add(command);
        }

        root.Add(ExplainCommand.Create());
        root.Add(PlanCommand.Create());
        root.Add(KillSwitchCommand.Create());
        root.Add(ContextCommand.Create());
        root.Add(CertsCommand.Create());
        root.Add(CompletionCommand.Create());
        root.Add(LabCommand.Create());
        root.Add(LoadCommand.Create());
        root.Add(DemoCommand.Create());
        root.Add(BenchCommands.Create());
        root.Add(SimulateCommand.Create());
        root.Add(PlotCommand.Create());
        root.Add(SweepCommand.Create());
        return root;
    }
}
