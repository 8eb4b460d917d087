using System.Text.Json;

namespace Fleet.NodeAgent.Safety;

/// <summary>
/// Every change of the host, and every one that was refused or only recommended, as one JSON object a line: when, who, what was, what is
/// (read back), why. The file is renamed to <c>.1</c> at 8 MB, so that it needs no care.
/// </summary>
internal sealed class AuditLog(string? path, string node, TimeProvider time, Action<string> failed)
{
    private const long Longest = 8 * 1024 * 1024;

    private bool _said;

    /// <summary>An entry as it is written.</summary>
    internal static string Line(AuditEntry entry) => JsonSerializer.Serialize(entry, SafetyJson.Line.AuditEntry);

    /// <summary>Appends an entry. A log that cannot be written is said once and never keeps the host from going back.</summary>
    internal void Add(AuditEntry entry)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            if (File.Exists(path) && new FileInfo(path).Length > Longest)
            {
                File.Move(path, path + ".1", overwrite: true);
            }

            string at = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
            File.AppendAllText(path, Line(entry with { Time = at, Node = node }) + "\n");
            _said = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_said)
            {
                _said = true;
                failed($"audit log '{path}' cannot be written: {e.Message}; give the agent a writable --audit file");
            }
        }
    }
}
