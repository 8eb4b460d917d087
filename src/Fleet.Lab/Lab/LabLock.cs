namespace Fleet.Lab.Lab;

/// <summary>
/// One change of the lab at a time, across processes: an exclusive lock on a file, which the system releases when the holder dies.
/// </summary>
internal sealed class LabLock : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _file;

    private LabLock(FileStream file) => _file = file;

    /// <exception cref="LabException">Another process keeps the lab for more than a minute, or the state directory cannot be
    /// made.</exception>
    internal static async Task<LabLock> TakeAsync(LabPaths paths, TimeProvider time, CancellationToken ct)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                Directory.CreateDirectory(paths.StateDirectory);
                return new LabLock(new FileStream(paths.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (UnauthorizedAccessException e)
            {
                throw new LabException($"state directory '{paths.StateDirectory}' cannot be written: {e.Message}", e);
            }
            catch (IOException e)
            {
                if (time.GetElapsedTime(start) > Patience)
                {
                    throw new LabException($"another process changes the lab (or '{paths.Lock}' cannot be made): {e.Message}", e);
                }
            }

            await Task.Delay(Poll, time, ct);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
