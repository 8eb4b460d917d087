using System.Runtime.InteropServices;
using System.Text;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Host;

/// <summary>The real host's files.</summary>
internal sealed class HostFiles : IHostFiles
{
    private const int WriteAccess = 2;
    private const int AtCurrentFolder = -100;
    private const int AtEffectiveIds = 0x200;
    private const int ReadOnlyFileSystem = 30;

    /// <inheritdoc/>
    public bool Exists(string path) => Path.Exists(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> Entries(string folder, string pattern)
    {
        try
        {
            return Directory.Exists(folder)
                ? [.. Directory.EnumerateFileSystemEntries(folder, pattern).OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal)]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KnobException($"'{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Write(string path, string text)
    {
        try
        {
            // Truncate, never create: a file that is not there is a knob that is not there.
            using var file = new FileStream(path, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(Encoding.ASCII.GetBytes(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KnobException($"'{path}' refused '{text.TrimEnd()}': {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public string? WriteObstacle(string path)
    {
        if (NativeMethods.FileAccessAt(AtCurrentFolder, path, WriteAccess, AtEffectiveIds) == 0)
        {
            return null;
        }

        int error = Marshal.GetLastPInvokeError();
        return error == ReadOnlyFileSystem
            ? $"'{path}' is on a read-only mount; mount /sys read-write for the agent"
            : $"'{path}' is not writable ({Marshal.GetPInvokeErrorMessage(error)}); give the agent CAP_DAC_OVERRIDE";
    }
}
