using System.Net;
using System.Security.Cryptography.X509Certificates;
using Fleet.Hosting.Security;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Proxy.Tests.Yarp;

/// <summary>HTTP pools whose clients, whose servers or both speak TLS.</summary>
public sealed class HttpTlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Both_sides_speak_TLS_and_show_certificates(string version)
    {
        await using WebApplication server = await ServerAsync(_certificates.Issue("web", Role.Agent, "127.0.0.1"));
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, Pool(server) with
        {
            ClientTls = _certificates.Issue("edge", Role.Agent, "127.0.0.1"), ServerTls = _certificates.Client("proxy"),
        });
        using HttpClient http = Client(proxy, _certificates.Client("somebody"), Version.Parse(version));
        using HttpResponseMessage answer = await http.GetAsync("/", Cancel);
        answer.Version.ShouldBe(Version.Parse(version));
        (await answer.Content.ReadAsStringAsync(Cancel)).ShouldBe("CN=proxy, OU=viewer, O=fleet forwarded https");
        await Until.TrueAsync(() => proxy.Totals("web", "n0").Requests == 1, "the request is counted");

        // The authority lets holders of its certificates in, and nobody else.
        using HttpClient stranger = Client(proxy, new TlsFiles("", "", _certificates.Authority), Version.Parse(version));
        await Should.ThrowAsync<HttpRequestException>(() => stranger.GetStringAsync("/", Cancel));
    }

    [Fact]
    public async Task A_server_whose_certificate_is_not_the_authority_s_gets_no_request()
    {
        using var others = new TestCertificates();
        await using WebApplication server = await ServerAsync(others.Server());
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, Pool(server) with
        {
            ServerTls = new TlsFiles("", "", _certificates.Authority),
        });
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{proxy.Port("web")}") };
        using (HttpResponseMessage refused = await http.GetAsync("/", Cancel))
        {
            refused.StatusCode.ShouldBeOneOf(HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable);
        }

        await proxy.ChangeAsync("web", p => p with { ServerTls = new TlsFiles("", "", others.Authority) });
        await Until.TrueAsync(
            async () =>
            {
                using HttpResponseMessage answer = await http.GetAsync("/", Cancel);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the authority in force is the server's");
    }

    [Fact]
    public async Task New_connections_are_shown_the_certificate_in_force()
    {
        await using WebApplication server = await ServerAsync(null);
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, Pool(server) with { ClientTls = _certificates.Server("first") });
        (await ShownAsync(proxy)).ShouldBe("CN=first, OU=agent, O=fleet");
        await proxy.ChangeAsync("web", p => p with { ClientTls = _certificates.Server("second") });
        (await ShownAsync(proxy)).ShouldBe("CN=second, OU=agent, O=fleet");
        PoolRefusedException e = await Should.ThrowAsync<PoolRefusedException>(() => proxy.ChangeAsync("web", p => p with { ClientTls = null }));
        e.Message.ShouldContain("cannot change between TLS and plain text");
        (await ShownAsync(proxy)).ShouldBe("CN=second, OU=agent, O=fleet");
    }

    [Fact]
    public async Task Streams_of_one_connection_are_answered_before_a_removed_pool_is_gone()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication server = await ServerAsync(null, release.Task);
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, Pool(server) with { ClientTls = _certificates.Server() });
        using HttpClient http = Client(proxy, new TlsFiles("", "", _certificates.Authority), HttpVersion.Version20);
        Task<string>[] asked = [.. Enumerable.Range(0, 10).Select(_ => http.GetStringAsync("/", Cancel))];
        await Until.TrueAsync(() => proxy.Host.Pools.Published("web")!.Clients > 0 && _waiting == 10, "all are at the server");
        Task<bool> removed = proxy.Host.Pools.RemoveAsync("web", 0, Cancel);
        release.SetResult();
        (await Task.WhenAll(asked)).Length.ShouldBe(10);
        (await removed).ShouldBeTrue();
        await Should.ThrowAsync<HttpRequestException>(() => http.GetStringAsync("/", Cancel));
    }

    private int _waiting;

    private static PoolDefinition Pool(WebApplication server) =>
        RulesProxy.Pool("web", new Uri(server.Urls.First()).Authority) with { Kind = PoolKind.Http };

    private static HttpClient Client(RulesProxy proxy, TlsFiles files, Version version)
    {
        var handler = new SocketsHttpHandler { SslOptions = TlsIdentity.Load(files, TimeProvider.System, NullLogger.Instance).ForClient() };
        return new HttpClient(handler)
        {
            BaseAddress = new Uri($"https://127.0.0.1:{proxy.Port("web")}"),
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <summary>The subject of the certificate that a new connection is shown.</summary>
    private async Task<string> ShownAsync(RulesProxy proxy)
    {
        string shown = "";
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            shown = ((X509Certificate2)certificate!).Subject;
            return true;
        };
        using var http = new HttpClient(handler);
        (await http.GetStringAsync($"https://127.0.0.1:{proxy.Port("web")}/", Cancel)).ShouldContain("forwarded https");
        return shown;
    }

    /// <summary>A server that tells whose certificate it was shown and what the proxy says of the client's scheme.</summary>
    private async Task<WebApplication> ServerAsync(TlsFiles? files, Task? release = null)
    {
        TlsIdentity? identity = files is null ? null : TlsIdentity.Load(files, TimeProvider.System, NullLogger.Instance);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, port =>
        {
            if (identity is not null)
            {
                port.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => new(identity.ForStream()) });
            }
        }));
        WebApplication app = builder.Build();
        app.Run(async context =>
        {
            if (release is not null && context.Request.Headers.ContainsKey("X-Forwarded-Proto"))
            {
                Interlocked.Increment(ref _waiting);
                await release;
            }

            string? shown = context.Connection.ClientCertificate?.Subject;
            await context.Response.WriteAsync($"{shown} forwarded {context.Request.Headers["X-Forwarded-Proto"]}");
        });
        await app.StartAsync(Cancel);
        return app;
    }
}
