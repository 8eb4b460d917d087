using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Fleet.Hosting.Configuration;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Services;

/// <summary>A command that runs a service: every option is a flag, a variable and a key of the file that <c>--config</c> names.</summary>
/// <param name="service">Name of the service and of the command.</param>
/// <param name="keys">The service's options.</param>
internal sealed class ServiceCommand(string service, IReadOnlyList<ConfigKey> keys)
{
    private const int SignalledExitCode = 128;
    private const int InterruptNumber = 2;
    private const int TerminateNumber = 15;

    private readonly Dictionary<string, Option<string[]>> _flags = keys.ToDictionary(
        k => k.Name,
        k => new Option<string[]>($"--{k.Name}") { Description = k.Description, HelpName = k.HelpName, Arity = ArgumentArity.OneOrMore });

    private readonly Option<string?> _config = new("--config")
    {
        Description = $"JSON file of options; variables FLEET_{service.ToUpperInvariant()}_… and flags are stronger", HelpName = "FILE",
    };

    /// <summary>The command, without an action yet.</summary>
    public Command Create(string description)
    {
        var command = new Command(service, description);
        foreach (Option<string[]> flag in _flags.Values)
        {
            flag.AllowMultipleArgumentsPerToken = false;
            command.Add(flag);
        }

        command.Add(_config);
        return command;
    }

    /// <summary>
    /// Runs a service until SIGTERM or SIGINT. The command line's own way with these signals is switched off for services: it gives a command
    /// its time to stop only once the command has waited for something, and a service can be ready, and told to stop, before that.
    /// </summary>
    public static async Task<int> RunAsync(Func<CancellationToken, Task> run, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            int exitCode = SignalledExitCode + (context.Signal == PosixSignal.SIGTERM ? TerminateNumber : InterruptNumber);
            _ = Task.Delay(CommandLine.StopTimeout, TimeProvider.System).ContinueWith(_ => Environment.Exit(exitCode), TaskScheduler.Default);
            stop.Cancel();
        }

        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await run(stop.Token);
        return ExitCode.Ok;
    }

    /// <summary>The configuration file; null when none is given.</summary>
    public string? ConfigFile(ParseResult parsed) => parsed.GetValue(_config);

    /// <summary>The options as given.</summary>
    public RawOptions Read(ParseResult parsed)
    {
        var flags = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach ((string name, Option<string[]> flag) in _flags)
        {
            if (parsed.GetResult(flag) is OptionResult { Implicit: false } && parsed.GetValue(flag) is { } values)
            {
                flags[name] = values;
            }
        }

        var raw = RawOptions.Read(service, keys, parsed.GetValue(_config), Environment.GetEnvironmentVariable, flags);
        return raw.FileIsUnusable ? throw new StartupException(raw.Problems) : raw;
    }
}
