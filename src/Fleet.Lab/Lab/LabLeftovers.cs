namespace Fleet.Lab.Lab;

/// <summary>Finds the lab's parts by their names, whatever the manifest says.</summary>
internal static class LabLeftovers
{
    private const string NamedNamespaces = "/run/netns";

    /// <summary>Named namespaces of the lab.</summary>
    internal static IReadOnlyList<string> Namespaces() => Directory.Exists(NamedNamespaces)
        ? [.. Directory.EnumerateFiles(NamedNamespaces).Select(f => Path.GetFileName(f)).Where(n =>
            n.StartsWith(LabNames.NamespacePrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Indices of servers of which any part exists.</summary>
    internal static IReadOnlyList<int> Servers()
    {
        IEnumerable<int?> spaces = Namespaces().Select(n => LabNames.Index(n, LabNames.NamespacePrefix + "s"));
        IEnumerable<int?> devices = Directory.EnumerateFileSystemEntries("/sys/class/net")
            .Select(d => LabNames.Index(Path.GetFileName(d), LabNames.HostDevicePrefix));
        return [.. spaces.Concat(devices).OfType<int>().Distinct().Order()];
    }
}
