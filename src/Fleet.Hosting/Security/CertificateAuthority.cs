using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fleet.Hosting.Security;

/// <summary>The fleet's private authority: signs the certificates of controllers, agents, proxies and people.</summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>X.520 organizational unit: where the role stands.</summary>
    internal const string UnitOid = "2.5.4.11";

    /// <summary>Extended key usage of a server (RFC 5280 §4.2.1.12).</summary>
    internal const string ServerOid = "1.3.6.1.5.5.7.3.1";

    /// <summary>Extended key usage of a client.</summary>
    internal const string ClientOid = "1.3.6.1.5.5.7.3.2";

    // Clocks of hosts differ: a certificate is good a little before it was made.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly X509Certificate2 _certificate;

    private CertificateAuthority(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>The authority's certificate as PEM.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

    /// <summary>The authority's key as PEM.</summary>
    public string KeyPem
    {
        get
        {
            using ECDsa key = _certificate.GetECDsaPrivateKey()!;
            return key.ExportPkcs8PrivateKeyPem();
        }
    }

    /// <summary>Makes a new authority with an ECDSA P-256 key.</summary>
    /// <param name="now">Present time.</param>
    /// <param name="life">How long it is good for.</param>
    public static CertificateAuthority Create(DateTimeOffset now, TimeSpan life)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("O=fleet, CN=fleet private authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return new CertificateAuthority(request.CreateSelfSigned(now - ClockSkew, now + life));
    }

    /// <summary>The authority of a certificate and a key.</summary>
    /// <exception cref="CryptographicException">They are damaged or do not belong together.</exception>
    public static CertificateAuthority Load(string certificatePem, string keyPem) =>
        new(X509Certificate2.CreateFromPem(certificatePem, keyPem));

    /// <summary>Signs a new certificate with a key of its own.</summary>
    /// <param name="name">Common name: the person or host, as audit logs show it.</param>
    /// <param name="role">What the holder may do.</param>
    /// <param name="hosts">Host names and IP addresses that a server is dialled by.</param>
    /// <param name="now">Present time.</param>
    /// <param name="life">How long it is good for; never beyond the authority's own end.</param>
    public (string CertificatePem, string KeyPem) Issue(
        string name, Role role, IReadOnlyList<string> hosts, DateTimeOffset now, TimeSpan life)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name);
        subject.AddOrganizationalUnitName(role.ToString().ToLowerInvariant());
        subject.AddOrganizationName("fleet");
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(Uses(role), true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        if (hosts.Count > 0)
        {
            request.CertificateExtensions.Add(Names(hosts));
        }

        DateTimeOffset end = now + life < _certificate.NotAfter ? now + life : _certificate.NotAfter;
        DateTimeOffset begin = now - ClockSkew > _certificate.NotBefore ? now - ClockSkew : _certificate.NotBefore;
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        using X509Certificate2 signed = request.Create(_certificate, begin, end, serial);
        return (signed.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();

    // People are clients only and agents and proxies servers only: neither certificate can stand in for the other.
    private static OidCollection Uses(Role role)
    {
        var uses = new OidCollection();
        if (role is Role.Controller or Role.Agent or Role.Proxy)
        {
            uses.Add(new Oid(ServerOid));
        }

        if (role is Role.Controller or Role.Viewer or Role.Operator or Role.Admin)
        {
            uses.Add(new Oid(ClientOid));
        }

        return uses;
    }

    private static X509Extension Names(IReadOnlyList<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return names.Build();
    }
}
