using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Fleet.Deploy.Tests.Support;
using Fleet.Hosting.Security;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>A proxy of its own process, two real memcached behind it, and clients that notice every lost or doubled request.</summary>
public class ProxyUpgradeTests
{
    private const string Memcached = "/usr/bin/memcached";

    [Fact(Timeout = 180_000)]
    public async Task An_upgrade_in_place_under_load_keeps_every_connection_and_answers_every_request()
    {
        Assert.SkipUnless(File.Exists(Memcached), Tool.Missing("memcached"));
        using var program = new ProgramCopy();
        int[] ports = Ports.Free(4);
        await using ServiceProcess a = StartMemcached(ports[0]);
        await using ServiceProcess b = StartMemcached(ports[1]);
        await using var proxy = ServiceProcess.Program(
            "dotnet", program.Dll, "proxy", "--listen", At(ports[2]), "--server", At(ports[0]), "--server", At(ports[1]), "--loops", "2",
            "--metrics-listen", At(ports[3]), "--stop-timeout", "20s");
        await proxy.SaysAsync("listens on");
        var load = new CountingLoad(12, ports[2]);
        await load.GoesOnAsync();
        using var slow = new SlowClient(ports[2]);
        await slow.BeginAsync();

        program.Replace();
        int second = await HandOverAsync(proxy, proxy.Id, 1);
        await Eventually.TrueAsync(() => proxy.HasExited, "the old process ends");
        proxy.ExitCode.ShouldBe(0, proxy.Said);
        await load.GoesOnAsync();
        await slow.FinishAsync();
        int third = await HandOverAsync(proxy, second, 2);
        await load.GoesOnAsync();
        using (var http = new HttpClient())
        {
            (await http.GetStringAsync($"http://{At(ports[3])}/readyz", TestContext.Current.CancellationToken)).ShouldContain("ready");
        }

        await load.StopAsync();
        load.Connections.ShouldBe(12, "no connection was closed");
        ServiceProcess.Signal(third, "TERM");
        await Eventually.TrueAsync(() => !IsAlive(third), "the last process ends");
    }

    [Fact(Timeout = 180_000)]
    public async Task An_upgrade_in_place_hands_the_TLS_port_over_and_answers_every_encrypted_request()
    {
        Assert.SkipUnless(File.Exists(Memcached), Tool.Missing("memcached"));
        using var folder = new TemporaryFolder();
        using (var authority = CertificateAuthority.Create(TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1)))
        {
            (string certificate, string key) = authority.Issue(
                "proxy", Role.Agent, ["127.0.0.1", "localhost"], TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
            await File.WriteAllTextAsync(folder.File("proxy.crt"), certificate, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(folder.File("proxy.key"), key, TestContext.Current.CancellationToken);
        }

        int[] ports = Ports.Free(2);
        await using ServiceProcess memcached = StartMemcached(ports[0]);
        await using var proxy = ServiceProcess.Fleet(
            "proxy", "--listen", At(ports[1]), "--server", At(ports[0]), "--loops", "2", "--metrics-listen", "none", "--stop-timeout", "20s",
            "--client-tls-cert", folder.File("proxy.crt"), "--client-tls-key", folder.File("proxy.key"));
        await proxy.SaysAsync("listens on");
        var load = new CountingLoad(8, encrypted: true, ports[1]);
        await load.GoesOnAsync();
        int next = proxy.Id;
        for (int time = 1; time <= 2; time++)
        {
            next = await HandOverAsync(proxy, next, time);
            await load.GoesOnAsync();
            load.Connections.ShouldBe(8 * (time + 1), "a cipher's state stays with its process, so each client connects again, once");
        }

        await load.StopAsync();
        ServiceProcess.Signal(next, "TERM");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_stopped_proxy_answers_what_it_took_and_nothing_else_was_carried_out()
    {
        Assert.SkipUnless(File.Exists(Memcached), Tool.Missing("memcached"));
        int[] ports = Ports.Free(4);
        await using ServiceProcess a = StartMemcached(ports[0]);
        await using ServiceProcess b = StartMemcached(ports[1]);
        await using ServiceProcess first = StartProxy(ports[2], ports[0], ports[1]);
        await using ServiceProcess second = StartProxy(ports[3], ports[0], ports[1]);
        await Task.WhenAll(first.SaysAsync("listens on"), second.SaysAsync("listens on"));
        var load = new CountingLoad(12, ports[2], ports[3]);
        await load.GoesOnAsync();
        first.Terminate();
        (await first.ExitAsync()).ShouldBe(0, first.Said);
        await load.GoesOnAsync();
        await load.StopAsync();
        load.Connections.ShouldBe(24, "each client went over to the other proxy once");
    }

    [Fact(Timeout = 120_000)]
    public async Task A_new_process_that_cannot_start_changes_nothing()
    {
        Assert.SkipUnless(File.Exists(Memcached), Tool.Missing("memcached"));
        using var folder = new TemporaryFolder();
        int[] ports = Ports.Free(3);
        await using ServiceProcess a = StartMemcached(ports[0]);
        string file = folder.File("proxy.json");
        string good = $$"""{"listen": "{{At(ports[1])}}", "server": ["{{At(ports[0])}}"], "control": "{{At(ports[2])}}", "metrics-listen": "none"}""";
        await File.WriteAllTextAsync(file, good, TestContext.Current.CancellationToken);
        await using var proxy = ServiceProcess.Fleet("proxy", "--config", file);
        await proxy.SaysAsync("control listens");
        var load = new CountingLoad(4, ports[1]);
        await load.GoesOnAsync();
        await File.WriteAllTextAsync(file, good.Replace("\"server\"", "\"sever\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        proxy.Signal("USR2");
        await proxy.SaysAsync("goes on as before");
        proxy.Said.ShouldContain("server");
        await load.GoesOnAsync();
        await File.WriteAllTextAsync(file, good, TestContext.Current.CancellationToken);
        int next = await HandOverAsync(proxy, proxy.Id, 1);
        await load.GoesOnAsync();
        await load.StopAsync();
        load.Connections.ShouldBe(4);
        ServiceProcess.Signal(next, "TERM");
    }

    internal static async Task<int> HandOverAsync(ServiceProcess first, int current, int time)
    {
        ServiceProcess.Signal(current, "USR2");
        string[] Lines() => [.. first.Said.Split('\n').Where(l => l.Contains(" takes over ", StringComparison.Ordinal))];
        await Eventually.TrueAsync(() => Lines().Length >= time, $"hand-over {time}: {first.Said}", 60);
        string[] words = Lines()[time - 1].Split(' ');
        int next = int.Parse(words[Array.IndexOf(words, "takes") - 1], CultureInfo.InvariantCulture);
        Reaper.Started(next);
        await Eventually.TrueAsync(() => !IsAlive(current), $"process {current} ends: {first.Said}", 60);
        return next;
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            string status = File.ReadAllText($"/proc/{pid}/stat");
            return status[status.LastIndexOf(')') + 2] is not 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string At(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private static ServiceProcess StartMemcached(int port) => ServiceProcess.Program(
        Memcached, "-u", "nobody", "-l", "127.0.0.1", "-t", "1", "-p", port.ToString(CultureInfo.InvariantCulture));

    private static ServiceProcess StartProxy(int port, params int[] servers) => ServiceProcess.Fleet(
        ["proxy", "--listen", At(port), "--metrics-listen", "none", .. servers.SelectMany(s => new[] { "--server", At(s) })]);

    /// <summary>A client that has sent half of a value when the proxy changes.</summary>
    private sealed class SlowClient(int port) : IDisposable
    {
        private const int Length = 100_000;
        private readonly TcpClient _client = new("127.0.0.1", port);

        public async Task BeginAsync() => await _client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes($"set slow 0 0 {Length}\r\n{new string('x', Length / 2)}"), TestContext.Current.CancellationToken);

        public async Task FinishAsync()
        {
            NetworkStream stream = _client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(new string('y', Length / 2) + "\r\nget slow\r\n"), TestContext.Current.CancellationToken);
            var reader = new StreamReader(stream);
            (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("STORED");
            (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe($"VALUE slow 0 {Length}");
            (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe(new string('x', Length / 2) + new string('y', Length / 2));
        }

        public void Dispose() => _client.Dispose();
    }
}
