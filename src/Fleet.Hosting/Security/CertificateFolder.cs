using System.Security.Cryptography;
using Fleet.Hosting.Errors;

namespace Fleet.Hosting.Security;

/// <summary>A folder with the authority (ca.crt, ca.key) and the certificates that it signed (NAME.crt, NAME.key), all PEM.</summary>
/// <param name="folder">The folder; created when needed.</param>
public sealed class CertificateFolder(string folder)
{
    private const string Authority = "ca";

    /// <summary>Makes an authority; one that is there is never replaced, for everything that it signed would be worth nothing.</summary>
    /// <exception cref="StartupException">There is one, or the folder cannot be written.</exception>
    public CertificateAuthority CreateAuthority(DateTimeOffset now, TimeSpan life)
    {
        if (File.Exists(PathOf(Authority, "key")))
        {
            throw new StartupException(
                $"{PathOf(Authority, "key")} exists: an authority is never replaced; 'fleet certs issue' makes more certificates, "
                + "or name another folder with --dir");
        }

        var authority = CertificateAuthority.Create(now, life);
        Write(Authority, (authority.CertificatePem, authority.KeyPem));
        return authority;
    }

    /// <summary>The authority of the folder.</summary>
    /// <exception cref="StartupException">There is none, or it is damaged.</exception>
    public CertificateAuthority LoadAuthority()
    {
        try
        {
            return CertificateAuthority.Load(File.ReadAllText(PathOf(Authority, "crt")), File.ReadAllText(PathOf(Authority, "key")));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new StartupException(
                $"authority {PathOf(Authority, "crt")}: {failure.Message.TrimEnd('.')}; 'fleet certs init' makes one", failure);
        }
    }

    /// <summary>Writes a certificate and its key, which its owner only may read; each file is replaced as a whole.</summary>
    /// <returns>The certificate's file.</returns>
    /// <exception cref="StartupException">The name is no file name, or the folder cannot be written.</exception>
    public string Write(string name, (string CertificatePem, string KeyPem) pair)
    {
        if (name.Length is 0 or > 63 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) || name[0] == '.')
        {
            throw new StartupException($"name '{name}': legal is 1 to 63 of letters, digits, '-', '_' and '.', not starting with '.'");
        }

        try
        {
            Directory.CreateDirectory(folder);
            Replace(PathOf(name, "key"), pair.KeyPem, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Replace(
                PathOf(name, "crt"),
                pair.CertificatePem,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            return PathOf(name, "crt");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"folder {folder}: {failure.Message.TrimEnd('.')}; name another with --dir", failure);
        }
    }

    /// <summary>Files of all certificates.</summary>
    public IEnumerable<string> Certificates() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.crt").Order(StringComparer.Ordinal)
        : throw new StartupException($"folder {folder} does not exist; 'fleet certs init' makes it, or name another with --dir");

    private string PathOf(string name, string ending) => Path.Combine(folder, $"{name}.{ending}");

    private static void Replace(string path, string content, UnixFileMode mode)
    {
        string temporary = path + ".tmp";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using (var file = new FileStream(temporary, options))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(content);
            writer.Write('\n');
        }

        File.Move(temporary, path, overwrite: true);
    }
}
