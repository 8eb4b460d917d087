namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// Adds up the CPU time of tasks that come and go: totals grow by each task's increase since it was last seen, so a task that ends keeps
/// what it had used and a new task with a recycled id does not subtract. What a task used between its last sight and its end is lost.
/// </summary>
internal sealed class TaskAccount
{
    private Dictionary<(int Process, int Task), TaskTimes> _last = [];
    private Dictionary<(int Process, int Task), TaskTimes> _spare = [];
    private bool _primed;

    /// <summary>CPU time since the first sample, ns; monotone.</summary>
    internal long CpuNs { get; private set; }

    /// <summary>Context switches since the first sample; monotone.</summary>
    internal long Switches { get; private set; }

    /// <summary>Takes the tasks as they are now. The first sample is the zero point.</summary>
    internal void Take(IEnumerable<(int Process, int Task, TaskTimes Times)> tasks)
    {
        Dictionary<(int, int), TaskTimes> now = _spare;
        now.Clear();
        foreach ((int process, int task, TaskTimes times) in tasks)
        {
            now[(process, task)] = times;
            TaskTimes before = _last.TryGetValue((process, task), out TaskTimes last) ? last : _primed ? default : times;
            if (times.CpuNs < before.CpuNs || times.Switches < before.Switches)
            {
                before = default;
            }

            CpuNs += times.CpuNs - before.CpuNs;
            Switches += times.Switches - before.Switches;
        }

        (_last, _spare) = (now, _last);
        _primed = true;
    }
}
