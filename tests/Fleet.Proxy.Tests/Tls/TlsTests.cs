using System.Net.Sockets;
using Fleet.Hosting.Security;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Protocol;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Tls;

/// <summary>TLS towards clients, and towards real memcached servers that were started with certificates.</summary>
public class TlsTests
{
    [Fact]
    public async Task Every_wire_case_is_answered_by_TLS_as_in_plain_text()
    {
        using var certificates = new TestCertificates();
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { ClientTls = certificates.Server() });
        foreach (WireCase wire in WireCase.All)
        {
            WireCase.Normal(await EncryptedAsync(proxy, wire.Input)).ShouldBe(wire.Reply, wire.Name);
        }
    }

    /// <summary>The proxy says farewell while the client still sends: the one must wait for the other, or the process's memory is lost.</summary>
    [Fact]
    public async Task Clients_that_go_on_sending_after_their_last_command_get_every_reply_and_harm_nobody()
    {
        const int Clients = 4;
        const int Rounds = 100;
        using var certificates = new TestCertificates();
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { ClientTls = certificates.Server() });
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                using TlsClient client = await TlsClient.ConnectAsync(Port(proxy));
                await client.SendAsync("mn\r\nmn\r\nquit\r\n");
                Task sending = GoOnAsync(client);
                (await client.AllAsync()).ShouldBe("MN\r\nMN\r\n");
                await sending;
            }
        })));
        await Until.TrueAsync(() => proxy.Engine.Connections == 0, "every connection is closed");

        static async Task GoOnAsync(TlsClient client)
        {
            try
            {
                for (int i = 0; i < 50; i++)
                {
                    await client.SendAsync("get a\r\n");
                }
            }
            catch (IOException)
            {
                // The proxy has closed the connection.
            }
        }
    }

    [Fact]
    public async Task Clients_and_servers_show_each_other_certificates_and_values_pass_whole()
    {
        using var certificates = new TestCertificates();
        TlsFiles server = certificates.Server();
        using MemcachedServer a = await StartTlsAsync(server, certificates.Authority);
        using MemcachedServer b = await StartTlsAsync(server, certificates.Authority);
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([a.Address, b.Address]) with
        {
            ClientTls = server with { Authority = certificates.Authority },
            ServerTls = certificates.Client(),
            MaxValueBytes = 8 << 20,
            ProbeInterval = TimeSpan.FromMilliseconds(100),
        });
        int port = Port(proxy);
        using (TlsClient client = await TlsClient.ConnectAsync(port, certificates.Client("web")))
        {
            string value = new('v', 900_000);
            string larger = new('w', 3 << 20);
            for (int i = 0; i < 10; i++)
            {
                (await client.AskAsync($"set k{i} 0 0 {value.Length}\r\n{value}")).ShouldBe("STORED\r\n");
                (await client.AskAsync($"set l{i} 0 0 {larger.Length}\r\n{larger}")).ShouldBe("STORED\r\n");
                await client.SendAsync($"get k{i} l{i}\r\n");
                (await client.UntilAsync("END\r\n")).ShouldBe(
                    $"VALUE k{i} 0 {value.Length}\r\n{value}\r\nVALUE l{i} 0 {larger.Length}\r\n{larger}\r\nEND\r\n");
            }

            (await client.AskAsync("config get cluster"))!.ShouldStartWith("CONFIG cluster");
            (await client.UntilAsync("END\r\n"))!.ShouldContain($"127.0.0.1|{port}");
        }

        (await TalksAsync(port, own: null)).ShouldBeFalse("a client without a certificate is not let in");
        (await TalksAsync(port, certificates.Issue("other", Role.Agent))).ShouldBeFalse("a server's certificate is no client's");
        using var strangers = new TestCertificates();
        (await TalksAsync(port, strangers.Client())).ShouldBeFalse("nor is one of another authority");
        (await TalksAsync(port, certificates.Client())).ShouldBeTrue();
        await Until.TrueAsync(() => proxy.Engine.Connections == 0, "every connection is closed");
    }

    [Fact]
    public async Task A_server_of_another_authority_or_name_is_not_trusted_and_one_that_asks_for_a_certificate_gets_one()
    {
        using var certificates = new TestCertificates();
        using var strangers = new TestCertificates();
        using MemcachedServer stranger = await StartTlsAsync(strangers.Server());
        using MemcachedServer misnamed = await StartTlsAsync(certificates.Issue("misnamed", Role.Agent, "10.9.8.7") with { Authority = "" });
        using MemcachedServer strict = await StartTlsAsync(certificates.Server(), certificates.Authority);
        using MemcachedServer plain = await MemcachedServer.StartAsync();
        TlsFiles anonymous = new("", "", certificates.Authority);
        foreach (MemcachedServer server in new[] { stranger, misnamed, strict, plain })
        {
            await using ProxyHost refused = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with
            {
                ServerTls = anonymous,
                RequestTimeout = TimeSpan.FromMilliseconds(500),
            });
            using var client = new TextClient(refused);
            (await client.SetAsync("k", "v"))!.ShouldStartWith("SERVER_ERROR");
        }

        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([strict.Address]) with { ServerTls = certificates.Client() });
        using var good = new TextClient(proxy);
        (await good.SetAsync("k", "v")).ShouldBe("STORED");
        (await good.GetAsync("k")).ShouldBe("v");
    }

    [Fact]
    public async Task Certificates_are_exchanged_without_a_restart_and_open_connections_stay()
    {
        using var certificates = new TestCertificates();
        TlsFiles files = certificates.Server("rotating");
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { ClientTls = files });
        using TlsClient first = await TlsClient.ConnectAsync(Port(proxy));
        string before = first.Server.Thumbprint;
        certificates.Server("rotating");
        File.SetLastWriteTimeUtc(files.Certificate, DateTime.UnixEpoch.AddYears(40));
        await Until.TrueAsync(
            async () =>
            {
                using TlsClient next = await TlsClient.ConnectAsync(Port(proxy));
                return next.Server.Thumbprint != before;
            },
            "new connections see the new certificate");
        File.WriteAllText(files.Certificate, "no certificate");
        using TlsClient kept = await TlsClient.ConnectAsync(Port(proxy));
        kept.Server.Thumbprint.ShouldNotBe(before);
        (await first.AskAsync("version"))!.ShouldStartWith("VERSION");
    }

    [Fact]
    public async Task Hostile_handshakes_cost_nobody_anything_and_a_slow_reader_is_held_back()
    {
        using var certificates = new TestCertificates();
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([server.Address]) with { ClientTls = certificates.Server(), Loops = 1, MaxConnections = 400 });
        var silent = new List<TcpClient>();
        for (int i = 0; i < 100; i++)
        {
            // Half of them say nothing, the others nonsense.
            var client = new TcpClient("127.0.0.1", Port(proxy));
            silent.Add(client);
            byte[] nonsense = new byte[i % 2 * 500];
            new Random(i).NextBytes(nonsense);
            await client.GetStream().WriteAsync(nonsense, TestContext.Current.CancellationToken);
        }

        using TlsClient slow = await TlsClient.ConnectAsync(Port(proxy));
        (await slow.AskAsync($"set big 0 0 500000\r\n{new string('b', 500_000)}")).ShouldBe("STORED\r\n");
        await slow.SendAsync(string.Concat(Enumerable.Repeat("get big\r\n", 60)));
        using TlsClient good = await TlsClient.ConnectAsync(Port(proxy));
        for (int i = 0; i < 500; i++)
        {
            (await good.AskAsync($"set k 0 0 3\r\n{i:000}")).ShouldBe("STORED\r\n");
        }

        for (int i = 0; i < 60; i++)
        {
            (await slow.UntilAsync("END\r\n"))!.Length.ShouldBeGreaterThan(500_000);
        }

        silent.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Bad_files_are_told_at_the_start_with_their_side()
    {
        using var certificates = new TestCertificates();
        TlsFiles server = certificates.Server();
        IReadOnlyList<string> problems = (TestProxy.Options(["127.0.0.1:1"]) with
        {
            ClientTls = new TlsFiles("", "", certificates.Authority),
            ServerTls = new TlsFiles(server.Certificate, "", certificates.Authority),
        }).Validate();
        problems.Count.ShouldBe(2);
        problems[0].ShouldStartWith("clientTls of pool \"default\" gives no certificate; give certificate and key");
        problems[1].ShouldStartWith("serverTls of pool \"default\" gives certificate");
        File.Delete(server.Key);
        (TestProxy.Options(["127.0.0.1:1"]) with { ClientTls = server }).Validate().Single().ShouldContain("Could not find file");
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_pool_of_the_file_has_its_own_certificates()
    {
        using var certificates = new TestCertificates();
        TlsFiles files = certificates.Server();
        using MemcachedServer server = await StartTlsAsync(files);
        var problems = new List<string>();
        string json = $$"""
            {"pools": [{"id": "main", "listen": "127.0.0.1:0", "servers": ["{{server.Address}}"],
              "clientTls": {"certificate": "{{files.Certificate}}", "key": "{{files.Key}}"},
              "serverTls": {"authority": "{{certificates.Authority}}"} } ] }
            """;
        PoolDefinition pool = PoolsDocument.Parse(System.Text.Encoding.UTF8.GetBytes(json), "test", problems).Single();
        problems.ShouldBeEmpty();
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, pool);
        using TlsClient client = await TlsClient.ConnectAsync(proxy.Port("main"));
        (await client.AskAsync("set k 0 0 1\r\nv")).ShouldBe("STORED\r\n");
        await proxy.ChangeAsync("main", p => p with { Nodes = [p.Nodes[0] with { Weight = 7 }] });
        (await client.AskAsync("mg k v")).ShouldBe("VA 1\r\n");
        PoolRefusedException refused = await Should.ThrowAsync<PoolRefusedException>(
            () => proxy.ChangeAsync("main", p => p with { ClientTls = null }));
        refused.Message.ShouldContain("cannot change between TLS and plain text");
    }

    private static int Port(ProxyHost proxy) => proxy.Listening["default"].Port;

    private static Task<MemcachedServer> StartTlsAsync(TlsFiles files, string? clientAuthority = null) => MemcachedServer.StartAsync(
        0,
        [
            "-Z", "-I", "8m", "-o", $"ssl_chain_cert={files.Certificate},ssl_key={files.Key}",
            .. clientAuthority is null ? Array.Empty<string>() : ["-o", $"ssl_verify_mode=2,ssl_ca_cert={clientAuthority}"],
        ]);

    private static async Task<bool> TalksAsync(int port, TlsFiles? own)
    {
        try
        {
            using TlsClient client = await TlsClient.ConnectAsync(port, own);
            return await client.AskAsync("version") is not null;
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }

    private static async Task<string> EncryptedAsync(ProxyHost proxy, string input)
    {
        using TlsClient other = await TlsClient.ConnectAsync(Port(proxy));
        (await other.AskAsync("flush_all")).ShouldBe("OK\r\n");
        using TlsClient client = await TlsClient.ConnectAsync(Port(proxy));
        try
        {
            await client.SendAsync(input);
            await client.Stream.ShutdownAsync();
        }
        catch (IOException)
        {
            // Closed before everything was sent, as it may be.
        }

        return await client.AllAsync();
    }
}
