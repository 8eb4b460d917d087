using Fleet.Core.Knobs;
using Fleet.NodeAgent.Safety;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.NodeAgent.Victim;

/// <summary>
/// An agent without its server, for tests that kill it: <c>change ROOT [GUARD…]</c> applies a setting to the host under ROOT and takes it
/// back, under a crash guard that runs GUARD; <c>restore ROOT</c> is the next start.
/// </summary>
internal static class Program
{
    private static readonly Setting Tuned = new(
    [
        new("cpu.frequency_mhz", 1300),
        new("cpu.turbo", 0),
        new("cpu.idle_deepest_state", 1),
    ]);

    private static int Main(string[] args)
    {
        var options = new AgentOptions
        {
            Device = "dev0",
            SysfsRoot = Path.Combine(args[1], "sys"),
            JournalPath = Path.Combine(args[1], "journal"),
            AuditPath = Path.Combine(args[1], "audit.jsonl"),
            Knobs = [.. Tuned.Values.Keys],
        };
        using JournalLock? owned = JournalLock.Take(options.JournalPath, TimeSpan.FromSeconds(30), TimeProvider.System);
        using AgentNode node = AgentNode.Create(options, TimeProvider.System, NullLogger.Instance);
        node.Authority.Recover();
        if (args[0] == "restore")
        {
            return 0;
        }

        using CrashGuard guard = CrashGuard.Start(args[2..], NullLogger.Instance);
        node.Authority.Apply(new ApplyCommand(1, "c", Tuned, Exploring: false, TimeSpan.Zero));
        Console.WriteLine("in force");
        if (node.Authority.Restore())
        {
            guard.Dismiss();
        }

        Console.WriteLine("restored");
        return 0;
    }
}
