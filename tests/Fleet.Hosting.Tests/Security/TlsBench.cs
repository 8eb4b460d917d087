using Fleet.Grpc.Client;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Security;
using Fleet.Testing;
using Grpc.Health.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Hosting.Tests.Security;

/// <summary>An authority with certificates in a folder, a server with TLS, and clients of several kinds.</summary>
internal sealed class TlsBench : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TlsBench()
    {
        Certificates = new CertificateFolder(_folder.Path);
        Authority = Certificates.CreateAuthority(Now, TimeSpan.FromDays(10));
        Issue("controller", Role.Controller);
        Issue("alice", Role.Admin);
        Issue("victor", Role.Viewer);
        Issue("agent", Role.Agent);
    }

    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public CertificateFolder Certificates { get; }

    public CertificateAuthority Authority { get; }

    public GrpcServer Server { get; private set; } = null!;

    public string FolderPath => _folder.Path;

    public TlsFiles Files(string name) => new(_folder.File(name + ".crt"), _folder.File(name + ".key"), _folder.File("ca.crt"));

    public void Issue(string name, Role role, CertificateAuthority? by = null, TimeSpan? life = null) => Certificates.Write(
        name, (by ?? Authority).Issue(name, role, ["localhost", "127.0.0.1"], Now, life ?? TimeSpan.FromDays(1)));

    public async Task StartAsync(CallLimits? limits = null)
    {
        ListenAddress.TryParse("127.0.0.1:0", out ListenAddress any);
        Server = await GrpcServer.StartAsync(any, _ => { }, _ => { }, default, Files("controller"), limits);
    }

    public FleetChannel Dial(string? name)
    {
        string address = Server.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        return name is null
            ? FleetChannel.ForAddress(address, new FleetChannelOptions { Tls = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true } })
            : FleetChannel.ForAddress(address, new FleetChannelOptions
            {
                Tls = TlsIdentity.Load(Files(name), TimeProvider.System, NullLogger.Instance).ForClient(),
            });
    }

    /// <summary>Asks for health over a new connection.</summary>
    public async Task<HealthCheckResponse> AskAsync(string? name)
    {
        using FleetChannel channel = Dial(name);
        return await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest());
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        Authority.Dispose();
        _folder.Dispose();
    }
}
