using System.Text.Json;

namespace Fleet.Lab.Lab;

/// <summary>A process that the lab started.</summary>
/// <param name="Name">What it is, for example <c>s1/memcached</c>.</param>
/// <param name="Identity">Which process.</param>
internal sealed record LabProcess(string Name, ProcessIdentity Identity);

/// <summary>
/// What the lab has made or is about to make. A server is entered before its first part exists, so that a crash at any moment leaves
/// nothing that the manifest does not cover; processes are entered when they have a pid, and are found by their namespace besides.
/// </summary>
internal sealed record LabManifest
{
    private const string FileName = "manifest.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Indices of the servers.</summary>
    public IReadOnlyList<int> Servers { get; init; } = [];

    /// <summary>Processes that the lab started.</summary>
    public IReadOnlyList<LabProcess> Processes { get; init; } = [];

    /// <summary>Kernel settings of the caller's namespace as they were before the lab, by path under /proc/sys.</summary>
    public IReadOnlyDictionary<string, string> OriginalSettings { get; init; } = new Dictionary<string, string>();

    internal static LabManifest? Read(string stateDirectory)
    {
        try
        {
            return JsonSerializer.Deserialize<LabManifest>(File.ReadAllBytes(Path.Combine(stateDirectory, FileName)), Json);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            // Missing or damaged: everything is found by name instead.
            return null;
        }
    }

    /// <summary>Writes the manifest: to a temporary file, flushed to the disk, then renamed.</summary>
    internal void Write(string stateDirectory)
    {
        Directory.CreateDirectory(stateDirectory);
        string path = Path.Combine(stateDirectory, FileName);
        using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, this, Json);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
