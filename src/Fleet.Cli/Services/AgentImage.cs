using System.Collections;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Fleet.Cli.Services;

/// <summary>
/// The agent as a native program (eng/build-agent.sh), beside the command line: a third of the memory, and nothing is compiled at the first
/// change. Where it is missing, or was built from other code than this command line's, the agent runs inside the command line.
/// </summary>
internal static partial class AgentImage
{
    private const string Name = "fleet-agent";

    /// <summary>What a checkout's program was built from; a package has none, because its parts come together.</summary>
    private const string Stamp = Name + ".sha256";

    /// <summary>
    /// A small first generation: an agent allocates some kilobytes a second, which would else grow to the size of the processor's cache
    /// before the first collection.
    /// </summary>
    private static readonly (string Name, string Value) Memory = ("DOTNET_GCgen0size", "0x100000");

    private static readonly string[] Parts = ["Fleet.Contracts", "Fleet.Core", "Fleet.Grpc", "Fleet.Hosting", "Fleet.NodeAgent"];

    /// <summary>Becomes the agent; the process id stays. Returns when there is no such program, and the caller goes on as it is.</summary>
    internal static void Become(IEnumerable<string> words)
    {
        string program = Path.Combine(AppContext.BaseDirectory, Name);
        if (File.Exists(program) && Fits(AppContext.BaseDirectory))
        {
            _ = Execute(program, [program, .. words, null], [.. Variables(), null]);
        }
    }

    /// <summary>Whether a folder's program was built from the folder's own assemblies.</summary>
    internal static bool Fits(string folder)
    {
        string stamp = Path.Combine(folder, Stamp);
        if (!File.Exists(stamp))
        {
            return true;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in Parts.Select(p => Path.Combine(folder, p + ".dll")).Where(File.Exists))
        {
            hash.AppendData(File.ReadAllBytes(part));
        }

        return File.ReadAllText(stamp).Trim() == Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<string> Variables()
    {
        Dictionary<string, string> all = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "");
        all.TryAdd(Memory.Name, Memory.Value);
        return all.Select(v => $"{v.Key}={v.Value}");
    }

    [LibraryImport("libc", EntryPoint = "execve", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Execute(string path, string?[] words, string?[] variables);
}
