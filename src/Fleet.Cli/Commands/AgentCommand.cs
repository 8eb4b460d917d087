using System.CommandLine;
using Fleet.Cli.Output;
using Fleet.Cli.Services;
using Fleet.Hosting.Configuration;
using Fleet.Hosting.Errors;
using Fleet.NodeAgent;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet agent</c>: runs the node agent until SIGTERM or SIGINT, describes the host, or restores it.</summary>
internal static class AgentCommand
{
    private const string DefaultMetricsListen = "127.0.0.1:7483";

    private static readonly ConfigKey[] Keys =
    [
        new("listen", "ADDRESS", "where controllers connect: ADDRESS:PORT or unix:/PATH (default 127.0.0.1:7071)"),
        new("name", "NAME", "the node's name in reports (default: the host name)"),
        new("device", "DEVICE", "network device whose knobs are tuned; required"),
        new("server-pid", "PID", "process whose CPU time is measured; give it once per process (default: the whole host)", Many: true),
        new("server-pid-file", "FILE", "file with one process id per line, added to --server-pid"),
        new("idle-watts", "WATTS", "power of an idle core in the model, 0 to 1000 (default 0.74)"),
        new("busy-watts", "WATTS", "power of a busy core in the model, above idle, up to 1000 (default 3.5)"),
        new("cores", "COUNT", "cores that the server may use, 0 to 4096 (default 0: all)"),
        new("journal", "FILE", "keeps the host's originals (default /run/fleet/agent-DEVICE.journal)"),
        new("busy-poll-control", "FILE", "control file of a server that runs with the busy poll library"),
        new("verify-interval", "DURATION", "between read-backs that look for foreign writers, 100ms to 1h (default 5s)"),
        new("relax-after", "DURATION", "how long a settled setting outlives its controller, 1s to 7d (default 30min)"),
        OperationsKeys.MetricsListen(DefaultMetricsListen),
    ];

    private static readonly Option<bool> Describe = new("--describe") { Description = "show what the host has, change nothing, and end" };
    private static readonly Option<bool> Json = new("--json") { Description = "with --describe: JSON instead of a table" };
    private static readonly Option<bool> Restore = new("--restore") { Description = "restore the host from the journal, and end" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var service = new ServiceCommand("agent", Keys);
        Command command = service.Create("Runs the node agent: applies settings to this host and reports its sensors.");
        command.Add(Describe);
        command.Add(Json);
        command.Add(Restore);
        command.SetAction(async (parsed, ct) =>
        {
            AgentOptions options = Options(service.Read(parsed));
            if (parsed.GetValue(Describe))
            {
                AgentDescription description = AgentHost.Describe(options, TimeProvider.System);
                AgentTables.Write(description, parsed.GetValue(Json), parsed.InvocationConfiguration.Output);
                return ExitCode.Ok;
            }

            if (parsed.GetValue(Restore))
            {
                bool restored = AgentHost.Restore(options, TimeProvider.System);
                string what = restored ? "the host's originals are back" : "there is no journal, so nothing to restore";
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"fleet: {options.EffectiveJournalPath}: {what}");
                return ExitCode.Ok;
            }

            await AgentHost.RunAsync(options with { RestoreCommand = RestoreCommand(options) }, TimeProvider.System, ct);
            return ExitCode.Ok;
        });
        return command;
    }

    private static AgentOptions Options(RawOptions raw)
    {
        var defaults = new AgentOptions();
        var problems = new List<string>();
        var options = new AgentOptions
        {
            Listen = raw.Text("listen", defaults.Listen),
            Name = raw.Text("name", defaults.Name),
            Device = raw.Text("device", defaults.Device),
            ServerPids = [.. raw.Texts("server-pid").Select(text => Pid(text, problems))],
            ServerPidFile = raw.Text("server-pid-file", null),
            IdleWattsPerCore = raw.Number("idle-watts", defaults.IdleWattsPerCore),
            BusyWattsPerCore = raw.Number("busy-watts", defaults.BusyWattsPerCore),
            Cores = raw.Number("cores", defaults.Cores),
            JournalPath = raw.Text("journal", null),
            BusyPollControl = raw.Text("busy-poll-control", null),
            VerifyInterval = raw.Duration("verify-interval", defaults.VerifyInterval),
            RelaxAfter = raw.Duration("relax-after", defaults.RelaxAfter),
            Operations = OperationsKeys.Read(raw, DefaultMetricsListen),
        };
        StartupException.ThrowIfAny([.. raw.Problems, .. problems, .. options.Validate()]);
        return options;
    }

    private static int Pid(string text, List<string> problems)
    {
        if (int.TryParse(text, out int pid) && pid > 0)
        {
            return pid;
        }

        problems.Add($"server-pid is '{text}': legal is a process id, 1 and above");
        return 1;
    }

    private static string[] RestoreCommand(AgentOptions options)
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, typeof(AgentCommand).Assembly.Location] : [program];
        string[] control = options.BusyPollControl is { } file ? ["--busy-poll-control", file] : [];
        return [.. self, "agent", "--restore", "--device", options.Device, "--journal", options.EffectiveJournalPath, .. control];
    }
}
