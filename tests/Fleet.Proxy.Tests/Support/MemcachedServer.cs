using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Fleet.Proxy.Tests.Support;

/// <summary>A real memcached on a free loopback port.</summary>
internal sealed class MemcachedServer : IDisposable
{
    private const string Binary = "/usr/bin/memcached";
    private readonly Process _process;

    private MemcachedServer(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts one, or skips the test with the reason.</summary>
    public static async Task<MemcachedServer> StartAsync(int port = 0, params string[] more)
    {
        Assert.SkipUnless(File.Exists(Binary), $"{Binary} is not installed (Debian: apt-get install memcached)");
        for (int attempt = 0; ; attempt++)
        {
            int chosen = port == 0 ? FreePort() : port;
            string[] arguments = ["-l", "127.0.0.1", "-p", $"{chosen}", "-U", "0", "-u", "root", "-t", "1", "-m", "256", .. more];
            Process process = Process.Start(new ProcessStartInfo(Binary, arguments) { RedirectStandardError = true })!;

            // A client may raise the verbosity: nobody reading would stop the server.
            process.BeginErrorReadLine();
            var server = new MemcachedServer(process, chosen);
            try
            {
                await Until.TrueAsync(() => process.HasExited || Accepts(chosen), "memcached accepts connections");
                process.HasExited.ShouldBeFalse();
                return server;
            }
            catch (ShouldAssertException) when (attempt < 3 && port == 0)
            {
                server.Dispose();
            }
        }
    }

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit(5_000).ShouldBeTrue();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private static bool Accepts(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
