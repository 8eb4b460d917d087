using System.Globalization;

namespace Fleet.NodeAgent.Sensors;

/// <summary>The measured server's processes: fixed pids, and those that a pid file names (read again whenever one is gone).</summary>
internal sealed class ServerProcesses(string procfsRoot, IReadOnlyList<int> pids, string? pidFile)
{
    private IReadOnlyList<int> _fromFile = [];

    /// <summary>Whether any process is configured; when not, the whole host is measured.</summary>
    internal bool Configured => pids.Count > 0 || pidFile is not null;

    /// <summary>Pids as last known.</summary>
    internal IReadOnlyList<int> Pids => [.. pids.Concat(_fromFile).Distinct()];

    /// <summary>Times of all tasks of all processes, and why any process is missing.</summary>
    internal List<(int Process, int Task, TaskTimes Times)> Read(List<string> problems)
    {
        if (pidFile is not null && (_fromFile.Count == 0 || _fromFile.Any(p => !Directory.Exists(Folder(p)))))
        {
            _fromFile = ReadPidFile(problems);
        }

        var tasks = new List<(int, int, TaskTimes)>();
        foreach (int pid in pids.Concat(_fromFile).Distinct())
        {
            int before = tasks.Count;
            AddTasks(pid, tasks);
            if (tasks.Count == before)
            {
                problems.Add(Directory.Exists(Folder(pid))
                    ? $"server process {pid}: no schedstat in '{Folder(pid)}/task' (the kernel needs CONFIG_SCHED_INFO)"
                    : $"server process {pid} is gone; restart the agent with the new pid, or use a pid file");
            }
        }

        return tasks;
    }

    private void AddTasks(int pid, List<(int, int, TaskTimes)> tasks)
    {
        try
        {
            foreach (string folder in Directory.EnumerateDirectories(Path.Combine(Folder(pid), "task")))
            {
                if (TaskTimes.Read(folder) is { } times)
                {
                    tasks.Add((pid, int.Parse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture), times));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process ended while it was read: the caller sees that it is gone.
        }
    }

    private List<int> ReadPidFile(List<string> problems)
    {
        try
        {
            return [.. File.ReadLines(pidFile!).Select(l => l.Trim()).Where(l => l.Length > 0).Select(l =>
                int.TryParse(l, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0).Where(p => p > 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"server pid file '{pidFile}' cannot be read: {e.Message}");
            return [];
        }
    }

    private string Folder(int pid) => Path.Combine(procfsRoot, pid.ToString(CultureInfo.InvariantCulture));
}
