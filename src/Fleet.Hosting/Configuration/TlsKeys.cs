using Fleet.Hosting.Security;

namespace Fleet.Hosting.Configuration;

/// <summary>The TLS options that every service shares.</summary>
public static class TlsKeys
{
    /// <summary>The options.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        new(TlsFiles.CertificateOption, "FILE", "certificate of this service (PEM); needed to listen beyond this host"),
        new(TlsFiles.KeyOption, "FILE", "its private key (PEM)"),
        new(TlsFiles.AuthorityOption, "FILE", "authority whose certificates are let in (PEM)"),
    ];

    /// <summary>The files as given; null without TLS.</summary>
    public static TlsFiles? Read(RawOptions raw, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(raw);
        return TlsFiles.From(
            raw.Text(TlsFiles.CertificateOption, null),
            raw.Text(TlsFiles.KeyOption, null),
            raw.Text(TlsFiles.AuthorityOption, null),
            problems);
    }

    /// <summary>The files of one side of the data path, from PREFIX-cert, PREFIX-key and PREFIX-ca; null when none is given.</summary>
    public static TlsFiles? ReadData(RawOptions raw, string prefix)
    {
        ArgumentNullException.ThrowIfNull(raw);
        var files = new TlsFiles(raw.Text(prefix + "-cert", null) ?? "", raw.Text(prefix + "-key", null) ?? "", raw.Text(prefix + "-ca", null) ?? "");
        return files.ShowsCertificate || files.Key.Length > 0 || files.AsksForCertificate ? files : null;
    }
}
