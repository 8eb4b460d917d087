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

    private ServiceProcess(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables, string folder = "")
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder,
        };
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

    public static ServiceProcess FleetIn(string folder, IReadOnlyDictionary<string, string> variables, params string[] arguments) =>
        new("dotnet", [FleetDll, .. arguments], variables, folder);

    public static ServiceProcess ProgramIn(string folder, string program, params string[] arguments) => new(program, arguments, null, folder);

    public static ServiceProcess Program(string program, params string[] arguments) => new(program, arguments, null);

    public static ServiceProcess Program(string program, IReadOnlyDictionary<string, string> variables, params string[] arguments) =>
        new(program, arguments, variables);

    public Task SaysAsync(string text, double seconds = 40) => Eventually.TrueAsync(
        () => Said.Contains(text, StringComparison.Ordinal)
            || (_process.HasExited ? throw new InvalidOperationException($"ended before '{text}': {Said}") : false),
        $"'{text}' in: {Said}",
        seconds);

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => Signal("TERM");

    public void Signal(string name) => Signal(_process.Id, name);

    /// <summary>Sends a signal to any process.</summary>
    public static void Signal(int process, string name) =>
        Process.Start("kill", ["-" + name, process.ToString(CultureInfo.InvariantCulture)])!.WaitForExit();

    /// <summary>
    /// Sends a signal to the demo that a process is, or that it started. Not INT: what a shell started in the background ignores it, and so
    /// does everything below.
    /// </summary>
    public static void SignalDemo(int process, string name)
    {
        var family = new List<int> { process };
        for (int i = 0; i < family.Count; i++)
        {
            // Not deeper: a task's folder leads to the root of every process.
            family.AddRange(Directory.GetDirectories($"/proc/{family[i]}/task")
                .SelectMany(t => File.ReadAllText(Path.Combine(t, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
        }

        foreach (int member in family)
        {
            string[] words = File.ReadAllText($"/proc/{member}/cmdline").TrimEnd('\0').Split('\0');
            if (words[^1] == "demo" && words.Any(w => w.EndsWith("fleet.dll", StringComparison.Ordinal)))
            {
                Signal(member, name);
            }
        }
    }

    /// <summary>Of a process that has exited; unlike <see cref="ExitAsync"/> this does not wait for heirs of its output.</summary>
    public int ExitCode => _process.ExitCode;

    public async Task<int> ExitAsync(double seconds = 60)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            string state = _process.HasExited ? "ended, but somebody holds its output" : "still runs";
            throw new TimeoutException(
                $"after {seconds} s '{string.Join(' ', _process.StartInfo.ArgumentList)}' {state}; it said: {Said}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);

            // Waiting for the end of its output as well would wait for a process that it handed over to.
            await Eventually.TrueAsync(() => _process.HasExited, "a killed process ends");
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
