namespace Fleet.Hosting.Security;

/// <summary>The files of a service's or person's identity, all PEM.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Key">Its private key; readable by its owner only.</param>
/// <param name="Authority">Certificates of the authorities that are trusted: one, or two while the authority changes.</param>
public sealed record TlsFiles(string Certificate, string Key, string Authority)
{
    /// <summary>A certificate is shown to the other side.</summary>
    public bool ShowsCertificate => Certificate.Length > 0;

    /// <summary>The other side must show a certificate of the authority.</summary>
    public bool AsksForCertificate => Authority.Length > 0;

    /// <summary>The options of a service that name the files.</summary>
    public const string CertificateOption = "tls-cert", KeyOption = "tls-key", AuthorityOption = "tls-ca";

    /// <summary>The files from three options that are given together or not at all.</summary>
    /// <param name="certificate">Value of tls-cert; null: not given.</param>
    /// <param name="key">Value of tls-key; null: not given.</param>
    /// <param name="authority">Value of tls-ca; null: not given.</param>
    /// <param name="problems">Takes one problem per missing option.</param>
    /// <returns>The files; null without TLS.</returns>
    public static TlsFiles? From(string? certificate, string? key, string? authority, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        (string Name, string? Value)[] given = [(CertificateOption, certificate), (KeyOption, key), (AuthorityOption, authority)];
        if (given.All(g => string.IsNullOrEmpty(g.Value)))
        {
            return null;
        }

        foreach ((string name, _) in given.Where(g => string.IsNullOrEmpty(g.Value)))
        {
            problems.Add($"{name} is missing; tls-cert, tls-key and tls-ca are given together ('fleet certs init' makes the files)");
        }

        return new TlsFiles(certificate ?? "", key ?? "", authority ?? "");
    }
}
