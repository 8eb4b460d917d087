using System.Net.Sockets;
using Fleet.Hosting.Errors;

namespace Fleet.Hosting.Endpoints;

/// <summary>The file of a unix socket outlives a killed process and would make the next bind fail.</summary>
internal static class UnixSocketFile
{
    /// <summary>Removes the file when nobody listens on it. A live listener or a file that is no socket is an error.</summary>
    public static void RemoveIfStale(string path)
    {
        string? directory = Path.GetDirectoryName(path);
        if (!Directory.Exists(directory))
        {
            throw new StartupException($"cannot listen on 'unix:{path}': directory '{directory}' does not exist; create it first");
        }

        if (!Path.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && !IsRegularFile(path))
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw new StartupException(
                $"cannot listen on 'unix:{path}': the path exists and is no socket that may be removed ({e.Message}); choose another path",
                e);
        }

        throw new StartupException(
            $"cannot listen on 'unix:{path}': another process listens there; stop it or choose another path");
    }

    // Connecting to a regular file is refused just as connecting to a dead socket is; only a socket may be deleted. .NET shows a socket
    // as a file without kind, so an attempt to open it decides: a socket cannot be opened (ENXIO).
    private static bool IsRegularFile(string path)
    {
        if (Directory.Exists(path))
        {
            return true;
        }

        try
        {
            using var file = File.OpenHandle(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
