using System.Security.Cryptography;
using System.Text;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Auth;

/// <summary>
/// Who may use the proxy: memcached's file for <c>-Y</c>, one <c>USER:PASSWORD</c> per line; empty lines and lines that start with '#' are
/// left out. Immutable.
/// </summary>
internal sealed class UserTable
{
    private const int MaxUsers = 10_000;
    private const int MaxFileBytes = 4 << 20;

    /// <summary>Longest user name and longest password, bytes; together they fit what the protocols send.</summary>
    private const int MaxWord = 1000;

    private readonly (byte[] User, byte[] PasswordHash)[] _users;

    private UserTable(IEnumerable<(byte[] User, byte[] PasswordHash)> users) => _users = [.. users];

    /// <summary>Users in the table.</summary>
    public int Count => _users.Length;

    /// <summary>Reads a file; null with the problems when anything in it is wrong. Passwords are not told in problems.</summary>
    public static UserTable? Read(string path, List<string> problems)
    {
        int before = problems.Count;
        var users = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        try
        {
            if (new FileInfo(path).Length > MaxFileBytes)
            {
                problems.Add($"users file \"{path}\" is larger than {MaxFileBytes} bytes; legal is one USER:PASSWORD per line");
                return null;
            }

            string[] lines = File.ReadAllLines(path, Encoding.Latin1);
            for (int i = 0; i < lines.Length; i++)
            {
                if (lines[i].Length > 0 && !lines[i].StartsWith('#') && Problem(lines[i], users) is { } problem)
                {
                    problems.Add($"users file \"{path}\", line {i + 1}: {problem}");
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"users file \"{path}\" cannot be read ({e.Message}); name a readable file with one USER:PASSWORD per line");
            return null;
        }

        if (users.Count == 0 && problems.Count == before)
        {
            problems.Add($"users file \"{path}\" names no user, so nobody could log in; write one USER:PASSWORD per line");
        }

        return problems.Count > before ? null : new UserTable(users.Select(u => (Encoding.Latin1.GetBytes(u.Key), u.Value)));
    }

    /// <summary>True when the user is known by this password. Takes as long for a wrong password as for a right one.</summary>
    public bool Matches(ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(password, hash);
        bool found = false;
        foreach ((byte[] name, byte[] expected) in _users)
        {
            found |= CryptographicOperations.FixedTimeEquals(hash, expected) & user.SequenceEqual(name);
        }

        return found;
    }

    private static string? Problem(string line, Dictionary<string, byte[]> users)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        string user = colon < 0 ? "" : line[..colon];
        string password = line[(colon + 1)..];
        if (colon <= 0)
        {
            return "it is not USER:PASSWORD";
        }

        if (user.Length > MaxWord || password.Length is 0 or > MaxWord || user.Contains(' ', StringComparison.Ordinal)
            || line.Any(char.IsControl))
        {
            return $"user \"{user[..Math.Min(user.Length, Words.MaxKey)]}\" is not legal; legal are a name of 1 to {MaxWord} bytes without spaces"
                + $" and a password of 1 to {MaxWord} bytes, both without control characters";
        }

        return users.Count >= MaxUsers ? $"there are more than {MaxUsers} users"
            : users.TryAdd(user, SHA256.HashData(Encoding.Latin1.GetBytes(password))) ? null
            : $"user \"{user}\" occurs twice; each must be unique";
    }
}
