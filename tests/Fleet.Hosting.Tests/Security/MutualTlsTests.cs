using System.Security.Cryptography.X509Certificates;
using Fleet.Grpc.Client;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Security;
using Fleet.Testing;
using Fleet.V1;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Hosting.Tests.Security;

public sealed class MutualTlsTests : IAsyncLifetime
{
    private readonly TlsBench _bench = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task A_client_with_a_certificate_of_the_authority_is_let_in()
    {
        await _bench.StartAsync();
        (await _bench.AskAsync("alice")).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);
    }

    [Fact(Timeout = 30_000)]
    public async Task Strangers_are_kept_out()
    {
        using CertificateAuthority other = CertificateAuthority.Create(TlsBench.Now, TimeSpan.FromDays(1));
        _bench.Issue("mallory", Role.Admin, other);
        _bench.Issue("late", Role.Admin, life: TimeSpan.FromMinutes(-1));
        await _bench.StartAsync();
        foreach (string? stranger in new[] { null, "mallory", "late", "agent" })
        {
            RpcException refused = await Should.ThrowAsync<RpcException>(() => _bench.AskAsync(stranger), stranger ?? "nobody");
            refused.StatusCode.ShouldBe(StatusCode.Unavailable, stranger ?? "nobody");
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_client_does_not_talk_to_a_server_with_another_name()
    {
        _bench.Certificates.Write("controller", _bench.Authority.Issue(
            "controller", Role.Controller, ["elsewhere"], TlsBench.Now, TimeSpan.FromDays(1)));
        await _bench.StartAsync();
        (await Should.ThrowAsync<RpcException>(() => _bench.AskAsync("alice"))).StatusCode.ShouldBe(StatusCode.Unavailable);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_role_bounds_what_its_holder_may_call()
    {
        await _bench.StartAsync();
        using FleetChannel channel = _bench.Dial("victor");
        RpcException refused = await Should.ThrowAsync<RpcException>(
            () => new AdminService.AdminServiceClient(channel).CreatePoolAsync(new CreatePoolRequest()).ResponseAsync);
        refused.StatusCode.ShouldBe(StatusCode.PermissionDenied);
        refused.Status.Detail.ShouldContain("'victor' has role viewer");
        refused.Status.Detail.ShouldContain("needs admin");
    }

    [Fact(Timeout = 60_000)]
    public async Task New_files_are_used_by_the_next_connection_and_broken_ones_are_not()
    {
        await _bench.StartAsync();
        string before = await ServerSerialAsync();
        _bench.Issue("controller", Role.Controller);
        await Eventually.TrueAsync(async () => await ServerSerialAsync() != before, "the new certificate");
        string rotated = await ServerSerialAsync();
        await File.WriteAllTextAsync(_bench.Files("controller").Certificate, "torn", TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(1.2), TimeProvider.System, TestContext.Current.CancellationToken);
        (await ServerSerialAsync()).ShouldBe(rotated);
        (await _bench.AskAsync("alice")).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_authority_is_replaced_by_trusting_both_for_a_while()
    {
        await _bench.StartAsync();
        using CertificateAuthority next = CertificateAuthority.Create(TlsBench.Now, TimeSpan.FromDays(1));
        _bench.Issue("nadia", Role.Admin, next);
        await Should.ThrowAsync<RpcException>(() => _bench.AskAsync("nadia"));
        await File.AppendAllTextAsync(_bench.Files("alice").Authority, next.CertificatePem, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await _bench.AskAsync("nadia");
                    return true;
                }
                catch (RpcException)
                {
                    return false;
                }
            },
            "the server trusts both");
        (await _bench.AskAsync("alice")).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("0.0.0.0:0")]
    [InlineData("[::]:0")]
    public async Task Plain_text_is_refused_where_others_could_reach_it(string address)
    {
        ListenAddress.TryParse(address, out ListenAddress everywhere);
        StartupException refused = await Should.ThrowAsync<StartupException>(
            () => GrpcServer.StartAsync(everywhere, _ => { }, _ => { }, default));
        refused.Message.ShouldContain(address);
        refused.Message.ShouldContain("fleet certs init");
        ListenAddress.Problem(address, hasTls: true).ShouldBeNull();
        ListenAddress.Problem("127.0.0.1:0", hasTls: false).ShouldBeNull();
        ListenAddress.Problem("unix:/run/x.sock", hasTls: false).ShouldBeNull();
    }

    [Fact]
    public void Keys_are_for_their_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no owner's mode here");
        foreach (string key in Directory.EnumerateFiles(_bench.FolderPath, "*.key"))
        {
#pragma warning disable CA1416 // Skipped above.
            File.GetUnixFileMode(key).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, key);
#pragma warning restore CA1416
        }
    }

    [Fact]
    public void Unusable_files_are_named_and_their_content_is_not()
    {
        File.WriteAllText(_bench.Files("alice").Key, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
        StartupException refused = Should.Throw<StartupException>(
            () => TlsIdentity.Load(_bench.Files("alice"), TimeProvider.System, NullLogger.Instance));
        refused.Message.ShouldContain("alice.key");
        refused.Message.ShouldNotContain("c2VjcmV0");
    }

    // What the server shows to whoever connects.
    private async Task<string> ServerSerialAsync()
    {
        string serial = "";
        using var socket = new System.Net.Sockets.TcpClient();
        var uri = new Uri(_bench.Server.Address);
        await socket.ConnectAsync("127.0.0.1", uri.Port);
        using var tls = new System.Net.Security.SslStream(socket.GetStream(), false, (_, certificate, _, _) =>
        {
            serial = certificate!.GetSerialNumberString();
            return true;
        });
        using X509Certificate2 mine = X509Certificate2.CreateFromPemFile(_bench.Files("alice").Certificate, _bench.Files("alice").Key);
        await tls.AuthenticateAsClientAsync("localhost", [mine], false);
        return serial;
    }
}
