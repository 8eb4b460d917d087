using System.Diagnostics;
using System.Globalization;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Bench;

/// <summary>A network namespace with a veth whose receiving side runs NAPI, and a folder, for one benchmark.</summary>
internal sealed class BenchmarkPlant : IDisposable
{
    internal const string Device = "fb0";

    private readonly string _space;
    private readonly string _folder;

    private BenchmarkPlant(string space, string folder)
    {
        _space = space;
        _folder = folder;
    }

    internal string Socket => Path.Combine(_folder, "agent.sock");

    internal string Journal => Path.Combine(_folder, "agent.journal");

    internal static BenchmarkPlant Create()
    {
        string space = string.Create(CultureInfo.InvariantCulture, $"fleet-bench-{Environment.ProcessId}");
        var plant = new BenchmarkPlant(space, Directory.CreateTempSubdirectory("fleet-bench-").FullName);
        string[] steps =
        [
            $"ip netns add {space}",
            $"ip -n {space} link add {Device} type veth peer name fb1",
            $"ip netns exec {space} ethtool -K {Device} gro on",
            $"ip -n {space} link set {Device} up",
            $"ip -n {space} link set fb1 up",
        ];
        foreach (string step in steps)
        {
            if (Run(step) is { } problem)
            {
                plant.Dispose();
                throw new StartupException($"'{step}' failed: {problem}; the benchmark needs root, iproute2 and ethtool");
            }
        }

        return plant;
    }

    /// <summary>Starts a command in the namespace. What it logs is passed on but for news: each of the many settings would be a line.</summary>
    internal Process Start(IEnumerable<string> command)
    {
        var process = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", _space, .. command]) { RedirectStandardError = true })!;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text && !text.Contains(" info: ", StringComparison.Ordinal))
            {
                Console.Error.WriteLine(text);
            }
        };
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Asks a process to end.</summary>
    internal void Terminate(int pid) => _ = Run(string.Create(CultureInfo.InvariantCulture, $"kill -TERM {pid}"));

    /// <summary>Processors and kernel, for the report.</summary>
    internal static string Host() => string.Create(
        CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = Run($"ip netns del {_space}");
        Directory.Delete(_folder, recursive: true);
    }

    private static string? Run(string command)
    {
        string[] words = command.Split(' ');
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(words[0], words[1..]) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
