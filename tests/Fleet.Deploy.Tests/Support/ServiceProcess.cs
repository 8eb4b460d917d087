using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Support;

/// <summary>A process that a test started, with everything it said; ended with the test.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private ServiceProcess(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("FLEET_CONTROLLER");
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        Reaper.Started(_process.Id);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public static string FleetDll => Path.Combine(AppContext.BaseDirectory, "fleet.dll");

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    public static ServiceProcess Fleet(params string[] arguments) => new("dotnet", [FleetDll, .. arguments], null);

    public static ServiceProcess Fleet(IReadOnlyDictionary<string, string> variables, params string[] arguments) =>
        new("dotnet", [FleetDll, .. arguments], variables);

    public static ServiceProcess Program(string program, params string[] arguments) => new(program, arguments, null);

    public Task SaysAsync(string text, double seconds = 40) => Eventually.TrueAsync(
        () => Said.Contains(text, StringComparison.Ordinal)
            || (_process.HasExited ? throw new InvalidOperationException($"ended before '{text}': {Said}") : false),
        $"'{text}' in: {Said}",
        seconds);

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => Signal("TERM");

    public void Signal(string name) =>
        Process.Start("kill", ["-" + name, _process.Id.ToString(CultureInfo.InvariantCulture)])!.WaitForExit();

    public async Task<int> ExitAsync(double seconds = 60)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        Reaper.Ended(_process.Id);
        _process.Dispose();
    }

    private void Take(string? line)
    {
        lock (_said)
        {
            _said.Append(line).Append(line is null ? "" : "\n");
        }
    }
}
