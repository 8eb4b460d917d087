using Fleet.Hosting.Errors;

namespace Fleet.Controller.Storage;

/// <summary>Holds a data directory for one controller; the kernel lets go when the process ends, however it ends.</summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <summary>Creates the folder when needed and takes it.</summary>
    /// <exception cref="StartupException">It cannot be used, or another controller holds it.</exception>
    public static DataDirectoryLock Take(string directory)
    {
        string path = Path.Combine(directory, "lock");
        try
        {
            Directory.CreateDirectory(directory);
            return new DataDirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StartupException(
                $"data directory {directory}: {denied.Message.TrimEnd('.')}; choose a folder that may be written with --data", denied);
        }
        catch (IOException held) when (File.Exists(path))
        {
            throw new StartupException(
                $"data directory {directory}: another controller uses it; stop that one or choose another folder with --data", held);
        }
        catch (IOException failure)
        {
            throw new StartupException(
                $"data directory {directory}: {failure.Message.TrimEnd('.')}; choose a folder that may be written with --data", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
