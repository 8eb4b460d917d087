using Fleet.NodeAgent.Knobs;

namespace Fleet.NodeAgent.Host;

/// <summary>The host's files as drivers see them. The kernel answers a write to sysfs with errors that a plain file never gives, so the
/// tests put a kernel of their own here.</summary>
internal interface IHostFiles
{
    bool Exists(string path);

    /// <summary>Full paths of the entries of a folder that match, in the order of their numbers (policy2 before policy10).</summary>
    IReadOnlyList<string> Entries(string folder, string pattern);

    /// <summary>The exact text.</summary>
    /// <exception cref="KnobException">It cannot be read.</exception>
    string Read(string path);

    /// <summary>Writes the exact text to a file that exists.</summary>
    /// <exception cref="KnobException">The host refused.</exception>
    void Write(string path, string text);

    /// <summary>What keeps this process from writing, with the capability or mount that would fix it; null when nothing does.</summary>
    string? WriteObstacle(string path);
}
