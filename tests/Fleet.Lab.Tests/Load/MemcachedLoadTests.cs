using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Fleet.Lab.Load;

namespace Fleet.Lab.Tests.Load;

/// <summary>The load against a real memcached on loopback.</summary>
public class MemcachedLoadTests
{
    [Fact]
    public async Task MemcachedCountsTheSameRequestsAndACorruptedValueIsFound()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using Process server = await StartAsync(FreePort(), cancellation);
        int port = int.Parse(server.StartInfo.ArgumentList[^1], CultureInfo.InvariantCulture);
        try
        {
            var options = new LoadOptions
            {
                Host = "127.0.0.1", Port = port, Qps = 2_000, Duration = TimeSpan.FromSeconds(1), Keys = 500, SetRatio = 0.1,
            };
            using (var load = new LoadGenerator(options, TimeProvider.System))
            {
                LoadWindow total = await load.RunAsync(null, cancellation);
                total.Failed.ShouldBe(0);
                total.Misses.ShouldBe(0);
                string stats = await AskAsync(port, "stats\r\n", "END\r\n", cancellation);
                stats.ShouldContain($"STAT get_hits {total.Hits}\r\n");
                stats.ShouldContain($"STAT cmd_set {total.Stores + 500}\r\n");
            }

            string key = Encoding.ASCII.GetString(new ItemCatalog(1).Key(0));
            await AskAsync(port, $"set {key} 0 0 7\r\ncorrupt\r\n", "STORED\r\n", cancellation);
            using var reader = new LoadGenerator(options with { Keys = 1, SetRatio = 0, Preload = false }, TimeProvider.System);
            LoadWindow corrupted = await reader.RunAsync(null, cancellation);
            corrupted.Mismatches.ShouldBe(corrupted.Sent);
            corrupted.Sent.ShouldBeGreaterThan(0);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(cancellation);
        }
    }

    private static async Task<Process> StartAsync(int port, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(
            "memcached", ["-u", "nobody", "-l", "127.0.0.1", "-m", "64", "-t", "1", "-p", port.ToString(CultureInfo.InvariantCulture)]);
        Process? server = null;
        try
        {
            server = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            Assert.Skip($"memcached is not installed: {missing.Message}");
        }

        for (int i = 0; i < 500; i++)
        {
            try
            {
                await AskAsync(port, "version\r\n", "\r\n", cancellation);
                return server!;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellation);
            }
        }

        throw new TimeoutException($"memcached on port {port} did not answer within 5 s");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string> AskAsync(int port, string request, string end, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, cancellation);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), cancellation);
        byte[] buffer = new byte[64 * 1024];
        int length = 0;
        while (!Encoding.ASCII.GetString(buffer, 0, length).EndsWith(end, StringComparison.Ordinal))
        {
            int read = await client.GetStream().ReadAsync(buffer.AsMemory(length), cancellation);
            read.ShouldBeGreaterThan(0);
            length += read;
        }

        return Encoding.ASCII.GetString(buffer, 0, length);
    }
}
