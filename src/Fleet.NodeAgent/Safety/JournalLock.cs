using Fleet.Hosting.Errors;

namespace Fleet.NodeAgent.Safety;

/// <summary>
/// Who may replay and write a journal: one agent, or the restore after its death. The kernel lets go of the lock when its holder dies, so
/// a restarted agent and the guard of its predecessor never restore at the same time, and a second agent on a device is refused.
/// </summary>
internal sealed class JournalLock : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;

    private JournalLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; null when another process still holds it after <paramref name="patience"/>.</summary>
    /// <exception cref="StartupException">The file cannot be made.</exception>
    internal static JournalLock? Take(string journal, TimeSpan patience, TimeProvider time)
    {
        string path = journal + ".lock";
        long start = time.GetTimestamp();
        using var never = new ManualResetEventSlim();
        while (true)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                return new JournalLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
            }
            catch (IOException) when (File.Exists(path))
            {
                if (time.GetElapsedTime(start) >= patience)
                {
                    return null;
                }

                never.Wait(Poll);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new StartupException($"journal '{journal}' cannot be kept: {e.Message}; give --journal a file in a writable folder", e);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
