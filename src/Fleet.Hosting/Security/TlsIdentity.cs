using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fleet.Hosting.Errors;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting.Security;

/// <summary>
/// A certificate, its key and the trusted authorities, read from files and read again when the files change: each new connection uses what
/// lies there now, so certificates are rotated without a restart. Files that are broken in the middle of a rotation change nothing.
/// </summary>
public sealed partial class TlsIdentity
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly TlsFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private Loaded _loaded;
    private long _lookedAt;

    private TlsIdentity(TlsFiles files, Loaded loaded, TimeProvider time, ILogger logger)
    {
        (_files, _loaded, _time, _logger) = (files, loaded, time, logger);
        _lookedAt = time.GetTimestamp();
    }

    /// <summary>Reads the files.</summary>
    /// <exception cref="StartupException">A file is missing or damaged, or they do not belong together.</exception>
    public static TlsIdentity Load(TlsFiles files, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(time);
        try
        {
            return new TlsIdentity(files, Read(files), time, logger);
        }
        catch (Exception failure) when (failure is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartupException(
                $"certificate {files.Certificate} with key {files.Key} and authority {files.Authority}: {failure.Message.TrimEnd('.')}; "
                + "make them with 'fleet certs init' or 'fleet certs issue'",
                failure);
        }
    }

    /// <summary>How a server shows itself and whom it lets in: only holders of certificates that the authority signed for clients.</summary>
    public HttpsConnectionAdapterOptions ForServer() => new()
    {
        SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateMode = ClientCertificateMode.RequireCertificate,
        ServerCertificateSelector = (_, _) => Present().Certificate!,
        ClientCertificateValidation = (certificate, _, _) => Trusts(certificate, CertificateAuthority.ClientOid),
    };

    /// <summary>
    /// How a server of any protocol shows itself on the next connection. With an authority only holders of certificates that it signed for
    /// clients are let in, without one everybody is.
    /// </summary>
    public SslServerAuthenticationOptions ForStream() => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ServerCertificateContext = Present().Shown,
        ClientCertificateRequired = _files.AsksForCertificate,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            !_files.AsksForCertificate || (certificate is X509Certificate2 client && Trusts(client, CertificateAuthority.ClientOid)),
    };

    /// <summary>How a client shows itself and whom it trusts: servers of the dialled name that the authority signed for servers.</summary>
    public SslClientAuthenticationOptions ForClient() => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        LocalCertificateSelectionCallback = _files.ShowsCertificate ? (_, _, _, _, _) => Present().Certificate! : null,
        RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            certificate is X509Certificate2 server
            && (errors & (SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateNotAvailable)) == 0
            && Trusts(server, CertificateAuthority.ServerOid),
    };

    /// <summary>The certificate in use now.</summary>
    public X509Certificate2 Certificate => Present().Certificate!;

    private bool Trusts(X509Certificate2 certificate, string use)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Present().Authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(use));
        bool trusted = chain.Build(certificate);
        if (!trusted)
        {
            string why = string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation.Trim().TrimEnd('.')));
            Refused(_logger, certificate.Subject, why);
        }

        return trusted;
    }

    private Loaded Present()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_lookedAt) < LookEvery)
            {
                return _loaded;
            }

            _lookedAt = _time.GetTimestamp();
            try
            {
                if (Stamp(_files) != _loaded.Stamp)
                {
                    _loaded = Read(_files);
                    Rotated(_logger, Main(_files), (_loaded.Certificate ?? _loaded.Authorities[0]).NotAfter.ToUniversalTime());
                }
            }
            catch (Exception failure)
                when (failure is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                RotationFailed(_logger, Main(_files), failure.Message);
            }

            return _loaded;
        }
    }

    private static Loaded Read(TlsFiles files)
    {
        (DateTime, DateTime, DateTime) stamp = Stamp(files);
        var authorities = new X509Certificate2Collection();
        if (files.AsksForCertificate)
        {
            authorities.ImportFromPemFile(files.Authority);
        }

        if (authorities.Count == 0 && (files.AsksForCertificate || !files.ShowsCertificate))
        {
            throw new CryptographicException($"{files.Authority} holds no certificate");
        }

        return files.ShowsCertificate
            ? new Loaded(X509Certificate2.CreateFromPemFile(files.Certificate, files.Key), Between(files), authorities, stamp)
            : new Loaded(null, [], authorities, stamp);
    }

    /// <summary>What stands behind the certificate in its file: the authorities between it and one that the other side knows.</summary>
    private static X509Certificate2Collection Between(TlsFiles files)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(files.Certificate);
        all.RemoveAt(0);
        return all;
    }

    private static string Main(TlsFiles files) => files.ShowsCertificate ? files.Certificate : files.Authority;

    private static (DateTime Certificate, DateTime Key, DateTime Authority) Stamp(TlsFiles files)
    {
        static DateTime Of(string file) => file.Length == 0 ? default : File.GetLastWriteTimeUtc(file);
        return (Of(files.Certificate), Of(files.Key), Of(files.Authority));
    }

    [LoggerMessage(510, LogLevel.Information, "TLS: {File} was read again; it is good until {NotAfter:u}")]
    private static partial void Rotated(ILogger logger, string file, DateTime notAfter);

    [LoggerMessage(511, LogLevel.Warning, "TLS: {File} changed and cannot be used: {Reason}; the one before stays in use")]
    private static partial void RotationFailed(ILogger logger, string file, string reason);

    [LoggerMessage(512, LogLevel.Warning, "TLS: the certificate of {Subject} is refused: {Reason}")]
    private static partial void Refused(ILogger logger, string subject, string reason);

    private sealed record Loaded(
        X509Certificate2? Certificate,
        X509Certificate2Collection Between,
        X509Certificate2Collection Authorities,
        (DateTime Certificate, DateTime Key, DateTime Authority) Stamp)
    {
        private readonly Lazy<SslStreamCertificateContext> _shown = new(() =>
            SslStreamCertificateContext.Create(Certificate!, Between, offline: true));

        /// <summary>The certificate with those behind it, as a server shows them.</summary>
        public SslStreamCertificateContext Shown => _shown.Value;
    }
}
