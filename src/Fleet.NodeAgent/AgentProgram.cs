using System.Runtime.InteropServices;
using Fleet.Hosting.Configuration;
using Fleet.Hosting.Errors;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent;

/// <summary>
/// The agent as a program of its own, which <c>fleet agent</c> becomes: the host that it guests on pays for the agent alone, not for the
/// whole command line. Takes what <see cref="Words"/> gives; people use <c>fleet agent</c>.
/// </summary>
public static class AgentProgram
{
    private const string RestoreFlag = "--restore";
    private const int Ok = 0;
    private const int Failed = 1;
    private const int Unusable = 2;

    /// <summary>Time that the agent has to restore the host after SIGTERM or SIGINT before the process ends anyway.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    /// <summary>The options as this program's arguments.</summary>
    public static IEnumerable<string> Words(RawOptions raw)
    {
        ArgumentNullException.ThrowIfNull(raw);
        return raw.Given.SelectMany(o => o.Value.SelectMany(value => new[] { "--" + o.Key, value }));
    }

    /// <summary>
    /// The runtime's socket engine then handles what arrives on its own thread. Else it wakes a worker for every event, also for the one that
    /// a unix socket sends after each reading that the controller took.
    /// </summary>
    private const string InlineSocketEvents = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private static async Task<int> Main(string[] args)
    {
        // Read by the runtime at its first socket.
        Environment.SetEnvironmentVariable(InlineSocketEvents, "1");

        // Before any thread is started that is to inherit it.
        TimerSlack.Set(TimerSlack.Patient);
        try
        {
            bool restore = args.FirstOrDefault() == RestoreFlag;
            AgentOptions options = AgentKeys.Read(Parse(restore ? args[1..] : args), needsDevice: true);
            if (restore)
            {
                return Restore(options);
            }

            await RunAsync(options with { RestoreCommand = [.. Self(), .. AgentKeys.RestoreWords(options)] });
            return Ok;
        }
        catch (StartupException unusable)
        {
            return Say(Unusable, [.. unusable.Problems]);
        }
        catch (UnauthorizedAccessException denied)
        {
            return Say(Unusable, $"{denied.Message}; run as a user that may do this");
        }
        catch (Exception failure)
        {
            return Say(Failed, $"{failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static async Task RunAsync(AgentOptions options)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
            _ = Task.Delay(StopTimeout, TimeProvider.System).ContinueWith(_ => Environment.Exit(Failed), TaskScheduler.Default);
        }

        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await AgentHost.RunAsync(options, TimeProvider.System, stop.Token);
    }

    private static int Restore(AgentOptions options)
    {
        string what = AgentHost.Restore(options, TimeProvider.System)
            ? "the host's originals are back" : "there is no journal, so nothing to restore";
        return Say(Ok, $"{options.EffectiveJournalPath}: {what}");
    }

    private static RawOptions Parse(string[] words)
    {
        var given = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        for (int i = 0; i < words.Length; i += 2)
        {
            string name = words[i].StartsWith("--", StringComparison.Ordinal) ? words[i][2..] : words[i];
            if (i + 1 == words.Length || AgentKeys.All.All(k => k.Name != name))
            {
                throw new StartupException($"'{words[i]}' is no option with a value of this program; fleet agent --help lists the options");
            }

            given[name] = [.. given.GetValueOrDefault(name) ?? [], words[i + 1]];
        }

        // The file and the variables were read by the command line that started this program.
        return RawOptions.Read("agent", AgentKeys.All, file: null, _ => null, given);
    }

    /// <summary>The words that start this program again.</summary>
    private static string[] Self()
    {
        string program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? [program, Path.Combine(AppContext.BaseDirectory, "Fleet.NodeAgent.dll")] : [program];
    }

    private static int Say(int exitCode, params string[] lines)
    {
        foreach (string line in lines)
        {
            Console.Error.WriteLine($"fleet: {line}");
        }

        return exitCode;
    }
}
