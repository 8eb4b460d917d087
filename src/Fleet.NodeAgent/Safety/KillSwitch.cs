namespace Fleet.NodeAgent.Safety;

/// <summary>A file that anybody can make to stop the tuning of this host: while it exists the originals are in force and commands are
/// refused. One line in it says who and why.</summary>
internal sealed class KillSwitch(string? path)
{
    private const int LongestReason = 200;

    /// <summary>What the file says; null while there is none.</summary>
    internal string? Reason()
    {
        if (path is null || !File.Exists(path))
        {
            return null;
        }

        try
        {
            string line = File.ReadLines(path).FirstOrDefault("").Trim();
            string said = line.Length == 0 ? "" : $" ({line[..Math.Min(line.Length, LongestReason)]})";
            return $"kill switch '{path}' is on{said}; remove the file to tune again";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"kill switch '{path}' is on; remove the file to tune again";
        }
    }
}
