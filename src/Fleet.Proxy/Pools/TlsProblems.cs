using Fleet.Hosting.Errors;
using Fleet.Hosting.Security;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Proxy.Pools;

/// <summary>Finds what is wrong with the certificates of a pool.</summary>
internal static class TlsProblems
{
    /// <summary>Every problem with both sides.</summary>
    public static IEnumerable<string> Of(PoolDefinition pool) => Side(pool, "clientTls", pool.ClientTls, needsCertificate: true)
        .Concat(Side(pool, "serverTls", pool.ServerTls, needsCertificate: false));

    private static IEnumerable<string> Side(PoolDefinition pool, string side, TlsFiles? files, bool needsCertificate)
    {
        string of = $"{side} of pool \"{pool.PoolId}\"";
        if (files is null)
        {
            yield break;
        }

        if (files.Certificate is null || files.Key is null || files.Authority is null)
        {
            yield return $"{of} is incomplete; give certificate, key and authority, each a file or empty";
            yield break;
        }

        if ((files.Certificate.Length == 0) != (files.Key.Length == 0))
        {
            yield return $"{of} gives certificate \"{files.Certificate}\" and key \"{files.Key}\"; they are given together or not at all";
        }
        else if (needsCertificate && !files.ShowsCertificate)
        {
            yield return $"{of} gives no certificate; give certificate and key, and authority to let only its clients in";
        }
        else if (!needsCertificate && !files.AsksForCertificate)
        {
            yield return $"{of} gives no authority; name the file of the authority that signed the servers' certificates";
        }
        else if (Unusable(files) is { } problem)
        {
            yield return $"{of}: {problem}";
        }
    }

    private static string? Unusable(TlsFiles files)
    {
        try
        {
            _ = TlsIdentity.Load(files, TimeProvider.System, NullLogger.Instance);
            return null;
        }
        catch (StartupException e)
        {
            return e.Message;
        }
    }
}
