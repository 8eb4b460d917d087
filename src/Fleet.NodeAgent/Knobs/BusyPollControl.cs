namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// The server's half of interrupt suspension: a file that libfleet-busypoll.so maps inside the server; its first byte, '1' or '0', is
/// whether the server's epoll prefers busy polling.
/// </summary>
internal sealed class BusyPollControl(string path)
{
    /// <summary>Writes the preference in place (never truncating: the server has the file mapped).</summary>
    /// <exception cref="KnobException">The file cannot be written.</exception>
    internal void Prefer(bool busyPolling)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(busyPolling ? "1"u8 : "0"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KnobException($"busy poll control '{path}' cannot be written: {e.Message}", e);
        }
    }
}
