using System.Text.Json;
using Fleet.Hosting.Errors;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Safety;

/// <summary>
/// The host's original values while the agent has others in force. Written and flushed to the disk before the first write to the
/// host, deleted after the originals are back: a journal that exists means that the host has to be restored.
/// </summary>
internal sealed class Journal(string path)
{
    /// <summary>Where the journal lies.</summary>
    internal string Path { get; } = path;

    /// <summary>Writes the originals: to a temporary file, flushed, then renamed, so that a crash leaves all of it or nothing.</summary>
    internal void Write(IReadOnlyDictionary<string, string> originals)
    {
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        Directory.CreateDirectory(folder);
        string temporary = Path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, originals.ToDictionary(), SafetyJson.Indented.DictionaryStringString);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path, overwrite: true);
        SyncFolder(folder);
    }

    /// <summary>The originals; null when there is no journal.</summary>
    /// <exception cref="StartupException">The journal cannot be read or is damaged.</exception>
    internal IReadOnlyDictionary<string, string>? Read()
    {
        try
        {
            // A value that is a number was written by a version before texts.
            return File.Exists(Path)
                ? JsonSerializer.Deserialize(File.ReadAllBytes(Path), SafetyJson.Default.DictionaryStringJsonElement)!
                    .ToDictionary(v => v.Key, v => v.Value.ValueKind == JsonValueKind.String ? v.Value.GetString()! : v.Value.GetRawText())
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StartupException(
                $"journal '{Path}' cannot be used: {e.Message}; check the device's knobs by hand, then delete the file", e);
        }
    }

    /// <summary>Forgets the originals: they are back on the host.</summary>
    internal void Delete() => File.Delete(Path);

    // The rename is on the disk only when the folder is.
    private static void SyncFolder(string folder)
    {
        int descriptor = NativeMethods.Open(folder, NativeMethods.ReadOnlyFolder);
        if (descriptor >= 0)
        {
            _ = NativeMethods.Sync(descriptor);
            _ = NativeMethods.Close(descriptor);
        }
    }
}
