using System.Diagnostics;

namespace Fleet.Grpc.Tests.Interop;

/// <summary>Runs a program to its end, with a bound.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Standard output of the program. Throws with both outputs when it fails.</summary>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string? directory = null)
    {
        var (code, output, error) = await TryRunAsync(program, arguments, directory);
        return code == 0
            ? output
            : throw new InvalidOperationException($"{program} ended with {code}{Environment.NewLine}{output}{Environment.NewLine}{error}");
    }

    /// <summary>True when the program starts and succeeds.</summary>
    public static async Task<bool> WorksAsync(string program, params string[] arguments)
    {
        try
        {
            return (await TryRunAsync(program, arguments, null)).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<(int Code, string Output, string Error)> TryRunAsync(
        string program, IEnumerable<string> arguments, string? directory)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} ran longer than {Limit}");
        }

        return (process.ExitCode, await output, await error);
    }
}
