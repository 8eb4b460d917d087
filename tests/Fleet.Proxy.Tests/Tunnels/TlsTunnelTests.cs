using System.Net.Sockets;
using System.Security.Authentication;
using Fleet.Core.Routing;
using Fleet.Hosting.Security;
using Fleet.Proxy.Metrics;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Tunnels;

/// <summary>Tunnels that are encrypted on one side or both.</summary>
public sealed class TlsTunnelTests : IDisposable
{
    private static readonly string Block = string.Concat(Enumerable.Range(0, 1_000_000).Select(i => (char)(i * 7 % 256)));
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Bytes_pass_both_ways_and_a_client_that_has_sent_its_last_gets_the_whole_answer(bool clients, bool servers)
    {
        // Answers only when the client has ended what it sends.
        using NodeListener server = Server(servers, async end =>
        {
            string all = await end.RestAsync();
            await end.SendAsync(all);
            await end.EndSendingAsync();
        });
        await using RulesProxy proxy = await StartAsync(clients, servers, server);
        for (int i = 0; i < 3; i++)
        {
            using TcpEnd client = await ConnectAsync(proxy, clients);
            await client.SendAsync(Block);
            await client.EndSendingAsync();
            string answer = await client.RestAsync();
            answer.Length.ShouldBe(Block.Length);
            (answer == Block).ShouldBeTrue();
        }

        await Until.TrueAsync(() => proxy.Host.Engine.Connections == 0, "nothing is left of the tunnels");
        NodeTotals totals = proxy.Totals("tcp", "n0");
        await Until.TrueAsync(() => proxy.Totals("tcp", "n0").BytesFromNode >= 3 * Block.Length, "the bytes are counted");
        totals.Errors.ShouldBe(0);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_server_that_has_sent_its_last_gets_everything_that_the_client_still_sends(bool clients, bool servers)
    {
        var got = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using NodeListener server = Server(servers, async end =>
        {
            await end.SendAsync("bye");
            await end.EndSendingAsync();
            string all = await end.RestAsync();
            if (all.Length > 0)
            {
                got.TrySetResult(all);
            }
        });
        await using RulesProxy proxy = await StartAsync(clients, servers, server);
        using TcpEnd client = await ConnectAsync(proxy, clients);
        await client.SendAsync("first ");
        (await client.RestAsync()).ShouldBe("bye");
        await client.SendAsync(Block);
        await client.EndSendingAsync();
        string all = await got.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        (all == "first " + Block).ShouldBeTrue($"{all.Length} bytes");
        await Until.TrueAsync(() => proxy.Host.Engine.Connections == 0, "nothing is left of the tunnel");
    }

    [Fact]
    public async Task Half_ended_connections_of_a_removed_server_are_cut_too()
    {
        using NodeListener server = Server(tls: true, async end =>
        {
            await end.SendAsync("bye");
            await end.EndSendingAsync();
            _ = await end.RestAsync();
        });
        using var other = new EchoServer("b");
        await using RulesProxy proxy = await StartAsync(clients: true, servers: true, server);
        await proxy.ChangeAsync("tcp", p => p with { Health = p.Health with { DrainSeconds = 1 } });
        using TcpEnd client = await ConnectAsync(proxy, tls: true);
        (await client.RestAsync()).ShouldBe("bye");
        proxy.Host.Engine.Connections.ShouldBe(1, "the client may still send");
        await proxy.ChangeAsync("tcp", p => p with { Nodes = [new RouteNode("b", other.Address, 100)] });
        await Until.TrueAsync(() => proxy.Host.Engine.Connections == 0, "the time of the removed server's clients is over");
        await Should.ThrowAsync<IOException>(async () =>
        {
            while (true)
            {
                await client.SendAsync(Block);
            }
        });
    }

    [Fact]
    public async Task A_server_whose_certificate_is_not_the_authority_s_is_passed_over()
    {
        using var others = new TestCertificates();
        using NodeListener stranger = Server(others.Server(), end => end.SendAsync("stranger"));
        using NodeListener known = Server(tls: true, end => end.SendAsync("known"));
        await using RulesProxy proxy = await StartAsync(clients: false, servers: true, stranger, known);
        for (int i = 0; i < 20; i++)
        {
            using TcpEnd client = await ConnectAsync(proxy, tls: false);
            (await client.RestAsync()).ShouldBe("known");
        }

        await Until.TrueAsync(
            () => proxy.Host.Pools.Published("tcp")!.Current.Standings[0].Ejected, "the probe does not believe the stranger either");
        proxy.Totals("tcp", "n1").Errors.ShouldBe(0);
    }

    [Fact]
    public async Task Only_holders_of_certificates_get_through_when_an_authority_is_given()
    {
        using NodeListener server = Server(tls: false, end => end.SendAsync("in"));
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, Pool(server.Address) with
        {
            ClientTls = _certificates.Issue("edge", Role.Agent, "127.0.0.1"),
        });
        using (TcpEnd client = await TcpEnd.ConnectAsync(proxy.Port("tcp"), _certificates.Client()))
        {
            (await client.RestAsync()).ShouldBe("in");
        }

        string got = "";
        try
        {
            using TcpEnd stranger = await TcpEnd.ConnectAsync(proxy.Port("tcp"), new TlsFiles("", "", _certificates.Authority));
            got = await stranger.RestAsync();
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // A handshake that is refused, at once or with the first read.
        }

        got.ShouldBe("");
        using var plain = new TextClient(proxy.Port("tcp"));
        await plain.SendAsync("no handshake\r\n\r\n");
        (await plain.RestAsync()).ShouldNotContain("in");
    }

    private static PoolDefinition Pool(params string[] addresses) => RulesProxy.Pool("tcp", addresses) with { Kind = PoolKind.L4 };

    private Task<RulesProxy> StartAsync(bool clients, bool servers, params NodeListener[] nodes) =>
        RulesProxy.StartAsync(1, Pool([.. nodes.Select(n => n.Address)]) with
        {
            ClientTls = clients ? _certificates.Server("edge") : null,
            ServerTls = servers ? new TlsFiles("", "", _certificates.Authority) : null,
        });

    private Task<TcpEnd> ConnectAsync(RulesProxy proxy, bool tls) =>
        TcpEnd.ConnectAsync(proxy.Port("tcp"), tls ? new TlsFiles("", "", _certificates.Authority) : null);

    private NodeListener Server(bool tls, Func<TcpEnd, Task> serve) => Server(tls ? _certificates.Server("node") : null, serve);

    private static NodeListener Server(TlsFiles? files, Func<TcpEnd, Task> serve) => new(async socket =>
    {
        try
        {
            using TcpEnd end = await TcpEnd.AcceptAsync(socket, files);
            await serve(end);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or SocketException or OperationCanceledException)
        {
            // The probe leaves without a word.
        }
    });
}
