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
        if (pidFile is not null && (_fromFile.Count == 0 || Gone()))
        {
            _fromFile = ReadPidFile(problems);
            Volatile.Write(ref _pids, [.. pids.Concat(_fromFile).Distinct()]);
            _folders = [.. _pids.Select(p => Folder(procfsRoot, p))];
            _listed = null;
        }

        if (_listed is not { } listed || now - listed >= TasksKnownFor || Gone())
        {
            _listed = now;
            List();
        }

        _times.Clear();
        for (int i = 0; i < _pids.Length; i++)
        {
            int before = _times.Count;
            AddTimes(_pids[i]);
            if (_times.Count == before)
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

    private void AddTimes(int pid)
    {
        foreach ((int process, int task) in _tasks)
        {
            if (process == pid && _files.Read(process, task) is { } times)
            {
                _times.Add((process, task, times));
            }
        }
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

    private void List()
    {
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
