using System.Globalization;

namespace Fleet.Hosting.Threads;

/// <summary>The threads of this process, as Linux numbers and names them (proc_pid_task(5)).</summary>
public static class OwnThreads
{
    private const string Tasks = "/proc/self/task";

    // The kernel keeps so many bytes of a thread's name.
    private const int NameBytes = 15;

    /// <summary>Ids of all threads.</summary>
    public static IEnumerable<int> All() =>
        Directory.EnumerateDirectories(Tasks).Select(t => int.Parse(Path.GetFileName(t), CultureInfo.InvariantCulture));

    /// <summary>Ids of the threads of a name.</summary>
    /// <param name="name">The whole name, in ASCII; the kernel knows its beginning.</param>
    public static IEnumerable<int> Named(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string kept = name.Length > NameBytes ? name[..NameBytes] : name;
        return All().Where(thread => NameOf(thread) == kept);
    }

    private static string? NameOf(int thread)
    {
        try
        {
            return File.ReadAllText($"{Tasks}/{thread.ToString(CultureInfo.InvariantCulture)}/comm").TrimEnd('\n');
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return null;
        }
    }
}
