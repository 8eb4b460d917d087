using Fleet.Hosting.Security;

namespace Fleet.Proxy.Tests.Support;

/// <summary>An authority of the test's own, and files that it signed, in a folder that goes with the test.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create(TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(1));
    private readonly string _folder = Directory.CreateTempSubdirectory("fleet-tls-").FullName;

    public TestCertificates() => File.WriteAllText(Authority, _authority.CertificatePem);

    /// <summary>The authority's certificate.</summary>
    public string Authority => Path.Combine(_folder, "ca.crt");

    /// <summary>A server's files, without asking for the other side's certificate.</summary>
    public TlsFiles Server(string name = "server") => Issue(name, Role.Agent, "127.0.0.1", "localhost") with { Authority = "" };

    /// <summary>A client's files.</summary>
    public TlsFiles Client(string name = "client") => Issue(name, Role.Viewer);

    /// <summary>Signs a certificate; an earlier one of the name is replaced.</summary>
    public TlsFiles Issue(string name, Role role, params string[] hosts)
    {
        (string certificate, string key) = _authority.Issue(name, role, hosts, TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path + ".crt", certificate);
        File.WriteAllText(path + ".key", key);
        return new TlsFiles(path + ".crt", path + ".key", Authority);
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
