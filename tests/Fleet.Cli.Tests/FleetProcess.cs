using System.Diagnostics;
using System.Text;
using Fleet.Testing;

namespace Fleet.Cli.Tests;

/// <summary>One process that a test started: the fleet command or a server; killed when the test ends.</summary>
internal sealed class FleetProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private FleetProcess(string program, IEnumerable<string> arguments, string config = "/nonexistent/fleet.yaml")
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("FLEET_CONTROLLER");
        start.Environment["FLEET_CONFIG"] = config;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Take(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => Text(_output);

    public string Error => Text(_error);

    public static FleetProcess Fleet(params string[] arguments) =>
        new("dotnet", [Path.Combine(AppContext.BaseDirectory, "fleet.dll"), .. arguments]);

    public static FleetProcess Program(string program, params string[] arguments) => new(program, arguments);

    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        await using FleetProcess fleet = Fleet(arguments);
        int exitCode = await fleet.ExitAsync();
        return (exitCode, fleet.Output, fleet.Error);
    }

    /// <summary>Runs the command with a context file.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunWithAsync(string config, params string[] arguments)
    {
        await using var fleet = new FleetProcess(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "fleet.dll"), .. arguments], config);
        int exitCode = await fleet.ExitAsync();
        return (exitCode, fleet.Output, fleet.Error);
    }

    /// <summary>The port that a service which was given port 0 listens on.</summary>
    public async Task<int> PortAsync()
    {
        await SaysAsync("listening on http");
        string address = Error.Split("listening on ")[1].Split(',')[0];
        return new Uri(address).Port;
    }

    public async Task<int> ExitAsync(double seconds = 240)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public void Kill() => _process.Kill();

    public Task SaysAsync(string text) => Eventually.TrueAsync(
        () => Output.Contains(text, StringComparison.Ordinal) || Error.Contains(text, StringComparison.Ordinal)
            || (_process.HasExited ? throw new InvalidOperationException($"ended: {Output}{Error}") : false),
        $"'{text}' in: {Output}{Error}");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static void Take(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.Append(line).Append(line is null ? "" : "\n");
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
