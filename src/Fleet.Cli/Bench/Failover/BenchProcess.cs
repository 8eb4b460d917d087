using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Bench.Failover;

/// <summary>One process of a run; it ends with the run.</summary>
internal sealed class BenchProcess : IDisposable
{
    // The death signal of a child comes when the thread that started it ends, and threads of the pool do.
    private static readonly BlockingCollection<Action> Starts = StartThread();

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly string _name;

    private BenchProcess(string name, IReadOnlyList<string> words)
    {
        // The death signal covers a run that is killed.
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", .. words])
        {
            RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true,
        };
        start.Environment["DOTNET_TieredPGO"] = "0";
        _name = name;
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add(() => started.SetResult(Process.Start(start)!));
        _process = started.Task.GetAwaiter().GetResult();
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>What it said so far.</summary>
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

    /// <summary>Starts a process.</summary>
    public static BenchProcess Start(string name, IReadOnlyList<string> words) => new(name, words);

    /// <summary>Sends a signal: KILL, STOP, CONT.</summary>
    public void Signal(string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>How often it said a text.</summary>
    public int Times(string text) => Said.Split(text).Length - 1;

    /// <summary>The problem of a process that ended although it was needed.</summary>
    public void ThrowIfEnded()
    {
        if (_process.HasExited)
        {
            throw new StartupException($"the {_name} ended: {Said.Trim()}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static BlockingCollection<Action> StartThread()
    {
        var starts = new BlockingCollection<Action>();
        var thread = new Thread(() =>
        {
            foreach (Action start in starts.GetConsumingEnumerable())
            {
                start();
            }
        })
        {
            IsBackground = true, Name = "fleet starts",
        };
        thread.Start();
        return starts;
    }

    private void Take(string? line)
    {
        lock (_said)
        {
            _said.Append(line).Append('\n');
        }
    }
}
