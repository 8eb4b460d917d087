using System.Globalization;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Sensors;

/// <summary>The <c>schedstat</c> files of tasks, kept open from one reading to the next: a read costs one system call.</summary>
/// <param name="procfsRoot">Mount point of procfs.</param>
/// <param name="kernelThreads">Whether the tasks are kernel threads, which are processes of their own.</param>
internal sealed class TaskFiles(string procfsRoot, bool kernelThreads = false) : IDisposable
{
    private readonly Dictionary<(int Process, int Task), HostFile> _files = [];

    /// <summary>Times of a task now; null when it is gone or the kernel keeps no schedstat.</summary>
    internal TaskTimes? Read(int process, int task)
    {
        if (!_files.TryGetValue((process, task), out HostFile? file))
        {
            string of = kernelThreads ? "" : string.Create(CultureInfo.InvariantCulture, $"task/{task}");
            string folder = Path.Combine(procfsRoot, process.ToString(CultureInfo.InvariantCulture), of);
            _files[(process, task)] = file = new HostFile(Path.Combine(folder, "schedstat"));
        }

        if (TaskTimes.Parse(file.Bytes()) is { } times)
        {
            return times;
        }

        file.Dispose();
        _files.Remove((process, task));
        return null;
    }

    /// <summary>Closes the files of other tasks than these.</summary>
    internal void Keep(IReadOnlySet<(int Process, int Task)> tasks)
    {
        foreach ((int Process, int Task) gone in _files.Keys.Where(k => !tasks.Contains(k)).ToList())
        {
            _files[gone].Dispose();
            _files.Remove(gone);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (HostFile file in _files.Values)
        {
            file.Dispose();
        }

        _files.Clear();
    }
}
