using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;

namespace Fleet.Hosting.Security;

/// <summary>Who makes a call.</summary>
/// <param name="Name">Common name of the client's certificate; "local" without TLS, which only this host can use.</param>
/// <param name="Role">What the caller may do.</param>
public sealed record Caller(string Name, Role Role)
{
    /// <summary>Whoever is on this host and may open the loopback address or the socket file.</summary>
    public static Caller Local { get; } = new("local", Role.Admin);

    private static readonly object Key = new();

    /// <summary>The caller of a request, as <see cref="CallGuard"/> found it.</summary>
    public static Caller Of(HttpContext? http) => http?.Items[Key] as Caller ?? Local;

    /// <summary>Finds the caller of a request and keeps it there.</summary>
    internal static Caller Identify(HttpContext http)
    {
        Caller caller = http.Connection.ClientCertificate is { } certificate ? Of(certificate)
            : http.Request.IsHttps ? new Caller("", Role.None)
            : Local;
        http.Items[Key] = caller;
        return caller;
    }

    /// <summary>The holder of a certificate that the fleet's authority signed.</summary>
    internal static Caller Of(X509Certificate2 certificate)
    {
        string unit = "";
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == CertificateAuthority.UnitOid)
            {
                unit = part.GetSingleElementValue() ?? "";
            }
        }

        Role role = Enum.GetValues<Role>().FirstOrDefault(r => r.ToString().Equals(unit, StringComparison.OrdinalIgnoreCase));
        return new Caller(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), role);
    }
}
