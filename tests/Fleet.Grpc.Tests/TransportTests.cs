using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Grpc.Client;
using Fleet.Grpc.Tests.Protos;
using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Fleet.Grpc.Tests;

/// <summary>The same service over a unix socket and over TLS; loopback TCP carries the other tests.</summary>
public sealed class TransportTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fleet-grpc").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact(Timeout = 30_000)]
    public async Task A_unix_socket_carries_every_kind_of_method()
    {
        string path = Path.Combine(_directory, "probe.sock");
        await using ProbeServer server = await ProbeServer.StartAsync(
            listen: kestrel => kestrel.ListenUnixSocket(path, o => o.Protocols = HttpProtocols.Http2), address: "unix:" + path);
        await EveryKindAsync(server);
        using var call = server.Client.UnaryAsync(new ProbeRequest(), cancellationToken: Ct);
        await call;
        call.GetTrailers().GetValue("seen-peer").ShouldBe("unix:");
    }

    [Fact(Timeout = 30_000)]
    public async Task Tls_carries_every_kind_of_method_to_those_who_trust_it()
    {
        using X509Certificate2 certificate = SelfSigned();
        var tls = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, remote, _, _) =>
                remote?.GetCertHashString(HashAlgorithmName.SHA256) == certificate.GetCertHashString(HashAlgorithmName.SHA256),
        };
        await using ProbeServer server = await ProbeServer.StartAsync(
            clientOptions: new FleetChannelOptions { Tls = tls },
            listen: kestrel => kestrel.ListenLocalhostHttp2(o => o.UseHttps(certificate)));
        server.Address.ShouldStartWith("https://");
        await EveryKindAsync(server);

        using var stranger = FleetChannel.ForAddress(server.Address);
        (await Should.ThrowAsync<RpcException>(
            () => new ProbeService.ProbeServiceClient(stranger).UnaryAsync(new ProbeRequest(), cancellationToken: Ct).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.Unavailable);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_socket_that_does_not_exist_is_unavailable()
    {
        using var channel = FleetChannel.ForAddress($"unix:{_directory}/none.sock");
        (await Should.ThrowAsync<RpcException>(
            () => new ProbeService.ProbeServiceClient(channel).UnaryAsync(new ProbeRequest(), cancellationToken: Ct).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.Unavailable);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_channel_connects_again_after_its_server_restarted()
    {
        string path = Path.Combine(_directory, "again.sock");
        using var channel = FleetChannel.ForAddress("unix:" + path);
        var client = new ProbeService.ProbeServiceClient(channel);
        for (int i = 0; i < 2; i++)
        {
            await using ProbeServer server = await ProbeServer.StartAsync(
                listen: kestrel => kestrel.ListenUnixSocket(path, o => o.Protocols = HttpProtocols.Http2), address: "unix:" + path);
            (await client.UnaryAsync(new ProbeRequest { Text = "up" }, cancellationToken: Ct)).Text.ShouldBe("up");
        }
    }

    private static async Task EveryKindAsync(ProbeServer server)
    {
        (await server.Client.UnaryAsync(new ProbeRequest { Text = "one" }, cancellationToken: Ct)).Text.ShouldBe("one");
        using var down = server.Client.ServerStream(new ProbeRequest { Count = 5 }, cancellationToken: Ct);
        (await down.ResponseStream.ReadAllAsync(Ct).CountAsync(Ct)).ShouldBe(5);
        using var up = server.Client.ClientStream(cancellationToken: Ct);
        await up.RequestStream.WriteAsync(new ProbeRequest { Text = "a" }, Ct);
        await up.RequestStream.WriteAsync(new ProbeRequest { Text = "b" }, Ct);
        await up.RequestStream.CompleteAsync();
        (await up).Text.ShouldBe("a,b");
        using var both = server.Client.Duplex(cancellationToken: Ct);
        await both.RequestStream.WriteAsync(new ProbeRequest { Text = "c" }, Ct);
        (await both.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
        both.ResponseStream.Current.Text.ShouldBe("c");
        await both.RequestStream.CompleteAsync();
        (await both.ResponseStream.MoveNext(Ct)).ShouldBeFalse();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
