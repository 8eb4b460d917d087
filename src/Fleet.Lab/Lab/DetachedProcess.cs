using System.Diagnostics;

namespace Fleet.Lab.Lab;

/// <summary>Starts a process that outlives this one: its own session, no terminal, output into a file.</summary>
internal static class DetachedProcess
{
    /// <summary>
    /// Starts the command; each word is passed as it is. The pid is the command's own: every wrapper replaces itself by the next.
    /// </summary>
    internal static ProcessIdentity Start(IReadOnlyList<string> words, string log, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", "log=$1; shift; exec setsid \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, .. words]);
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start) ?? throw new LabException($"'{string.Join(' ', words)}' did not start");
        return ProcessIdentity.Of(process.Id)
            ?? throw new LabException($"'{string.Join(' ', words)}' ended at once; its log is {log}: {Tail(log)}");
    }

    /// <summary>The last lines of a log, for messages.</summary>
    internal static string Tail(string log)
    {
        try
        {
            return string.Join(" | ", File.ReadLines(log).TakeLast(5));
        }
        catch (IOException)
        {
            return "(no log)";
        }
    }
}
