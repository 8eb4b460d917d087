using System.Globalization;
using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Lab;

/// <summary>Ends processes that the lab started: those of its namespaces, and recorded ones whose start time still matches.</summary>
internal sealed class ProcessReaper(TimeProvider time)
{
    private static readonly TimeSpan Polite = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Firm = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    /// <summary>Ends every process in the namespace.</summary>
    internal Task EndNamespaceAsync(string space, CancellationToken ct) => EndAsync(space, () => InNamespaceAsync(space, ct), ct);

    /// <summary>Ends the recorded processes that still are the recorded ones.</summary>
    internal Task EndAsync(IEnumerable<LabProcess> processes, CancellationToken ct)
    {
        var recorded = processes.ToList();
        return EndAsync(
            string.Join(", ", recorded.Select(p => p.Name)),
            () => Task.FromResult<IReadOnlyList<ProcessIdentity>>([.. recorded.Select(p => p.Identity).Where(p => p.Alive)]),
            ct);
    }

    /// <summary>Processes in a named namespace.</summary>
    internal static async Task<IReadOnlyList<ProcessIdentity>> InNamespaceAsync(string space, CancellationToken ct) =>
    [
        .. (await HostCommand.RunAsync($"ip netns pids {space}", ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => ProcessIdentity.Of(int.Parse(l, CultureInfo.InvariantCulture))).OfType<ProcessIdentity>(),
    ];

    private async Task EndAsync(string what, Func<Task<IReadOnlyList<ProcessIdentity>>> find, CancellationToken ct)
    {
        var asked = new HashSet<ProcessIdentity>();
        long start = time.GetTimestamp();
        while (true)
        {
            IReadOnlyList<ProcessIdentity> alive = await find();
            if (alive.Count == 0)
            {
                return;
            }

            TimeSpan waited = time.GetElapsedTime(start);
            foreach (ProcessIdentity process in alive)
            {
                // Checked again right before the signal: a pid is given to another process only after this one ended.
                if (process.Alive && (waited > Polite || asked.Add(process)))
                {
                    _ = NativeCalls.Signal(process.Pid, waited > Polite ? NativeCalls.SignalKill : NativeCalls.SignalTerminate);
                }
            }

            if (waited > Polite + Firm)
            {
                throw new LabException($"processes {string.Join(", ", alive.Select(p => p.Pid))} of {what} do not end after SIGKILL");
            }

            await Task.Delay(Poll, time, ct);
        }
    }
}
