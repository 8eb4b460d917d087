using System.Diagnostics;

namespace Fleet.Lab.Lab.Commands;

/// <summary>Runs one of the system's tools to its end.</summary>
internal static class HostCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    // A user's PATH often lacks the administrator's folders.
    private static readonly string[] Folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/bin", "/usr/local/sbin"];

    /// <summary>Full path of a tool; null when it is not installed.</summary>
    internal static string? Find(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Concat(Folders).Where(f => f.Length > 0).Select(f => Path.Combine(f, tool)).FirstOrDefault(File.Exists);

    /// <summary>Runs a command line of words separated by blanks and returns its output.</summary>
    /// <exception cref="LabException">The tool is missing, failed, or did not end in 20 s.</exception>
    internal static Task<string> RunAsync(string commandLine, CancellationToken ct) =>
        RunAsync(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), ct);

    /// <summary>Runs a command given as words and returns its output.</summary>
    /// <exception cref="LabException">The tool is missing, failed, or did not end in 20 s.</exception>
    internal static async Task<string> RunAsync(IReadOnlyList<string> words, CancellationToken ct)
    {
        string commandLine = string.Join(' ', words);
        string tool = Find(words[0]) ?? throw new LabException($"'{words[0]}' is not installed; it is needed for: {commandLine}");
        var start = new ProcessStartInfo(tool, words.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using Process process = Process.Start(start) ?? throw new LabException($"'{commandLine}' did not start");
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Timeout);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0
                ? await output
                : throw new LabException($"'{commandLine}' failed ({process.ExitCode}): {(await error).Trim()}");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            process.Kill();
            throw new LabException($"'{commandLine}' did not end in {Timeout.TotalSeconds:0} s");
        }
    }

    /// <summary>Runs a command whose failure means that there is nothing to do; true when it succeeded.</summary>
    internal static async Task<bool> TryAsync(string commandLine, CancellationToken ct)
    {
        try
        {
            await RunAsync(commandLine, ct);
            return true;
        }
        catch (LabException)
        {
            return false;
        }
    }
}
