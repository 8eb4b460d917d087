using System.Globalization;

namespace Fleet.NodeAgent.Sensors;

/// <summary>The measured server's processes: fixed pids, and those that a pid file names (read again whenever one is gone).</summary>
internal sealed class ServerProcesses(string procfsRoot, IReadOnlyList<int> pids, string? pidFile) : IDisposable
{
    /// <summary>
    /// Between two looks at which threads there are. A new one is counted from its start when it is first seen, so nothing of it is lost.
    /// </summary>
    private static readonly TimeSpan TasksKnownFor = TimeSpan.FromSeconds(1);

    private readonly TaskFiles _files = new(procfsRoot);
    private readonly HashSet<(int Process, int Task)> _tasks = [];
    private readonly List<(int Process, int Task, TaskTimes Times)> _times = [];
    private IReadOnlyList<int> _fromFile = [];
    private int[] _pids = [.. pids.Distinct()];
    private string[] _folders = [.. pids.Distinct().Select(p => Folder(procfsRoot, p))];
    private TimeSpan? _listed;

    /// <summary>Whether any process is configured; when not, the whole host is measured.</summary>
    internal bool Configured => pids.Count > 0 || pidFile is not null;

    /// <summary>Pids as last known.</summary>
    internal IReadOnlyList<int> Pids => Volatile.Read(ref _pids);

    /// <summary>Times of all tasks of all processes, and why any process is missing. Valid until the next call.</summary>
    /// <param name="now">Monotonic time.</param>
    /// <param name="problems">Takes what is wrong.</param>
    internal IReadOnlyList<(int Process, int Task, TaskTimes Times)> Read(TimeSpan now, List<string> problems)
    {
        // A task that ended fails to be read, so nobody has to ask whether the processes are still there.
        if (_listed is not { } listed || now - listed >= TasksKnownFor || !ReadTimes())
        {
            _listed = now;
            List(problems);
            _ = ReadTimes();
        }

        for (int i = 0; i < _pids.Length; i++)
        {
            if (!HasTimes(_pids[i]))
            {
                problems.Add(Directory.Exists(_folders[i])
                    ? $"server process {_pids[i]}: no schedstat in '{_folders[i]}/task' (the kernel needs CONFIG_SCHED_INFO)"
                    : $"server process {_pids[i]} is gone; restart the agent with the new pid, or use a pid file");
            }
        }

        return _times;
    }

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    /// <summary>Reads every known task; false when one is gone.</summary>
    private bool ReadTimes()
    {
        _times.Clear();
        foreach ((int process, int task) in _tasks)
        {
            if (_files.Read(process, task) is { } times)
            {
                _times.Add((process, task, times));
            }
        }

        return _times.Count == _tasks.Count;
    }

    private bool HasTimes(int pid)
    {
        foreach ((int process, _, _) in _times)
        {
            if (process == pid)
            {
                return true;
            }
        }

        return false;
    }

    private bool Gone()
    {
        foreach (string folder in _folders)
        {
            if (!Directory.Exists(folder))
            {
                return true;
            }
        }

        return false;
    }

    private void List(List<string> problems)
    {
        if (pidFile is not null && (_fromFile.Count == 0 || Gone()))
        {
            _fromFile = ReadPidFile(problems);
            Volatile.Write(ref _pids, [.. pids.Concat(_fromFile).Distinct()]);
            _folders = [.. _pids.Select(p => Folder(procfsRoot, p))];
        }

        _tasks.Clear();
        for (int i = 0; i < _pids.Length; i++)
        {
            try
            {
                foreach (string folder in Directory.EnumerateDirectories(Path.Combine(_folders[i], "task")))
                {
                    _tasks.Add((_pids[i], int.Parse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture)));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process ended while it was read: the caller sees that it is gone.
            }
        }

        _files.Keep(_tasks);
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

    private static string Folder(string procfsRoot, int pid) => Path.Combine(procfsRoot, pid.ToString(CultureInfo.InvariantCulture));
}
