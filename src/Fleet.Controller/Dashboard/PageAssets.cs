using System.Collections.Frozen;
using System.Reflection;

namespace Fleet.Controller.Dashboard;

/// <summary>The page's own files, embedded: nothing is fetched from elsewhere.</summary>
internal static class PageAssets
{
    private const string Prefix = "page/";

    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    }.ToFrozenDictionary();

    /// <summary>Content and type of every file by its path on the server.</summary>
    public static FrozenDictionary<string, (byte[] Content, string Type)> All { get; } = Read();

    private static FrozenDictionary<string, (byte[], string)> Read()
    {
        Assembly assembly = typeof(PageAssets).Assembly;
        var files = new Dictionary<string, (byte[], string)>(StringComparer.Ordinal);
        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            var content = new MemoryStream();
            stream.CopyTo(content);
            string path = name == Prefix + "index.html" ? "/" : "/" + name[Prefix.Length..];
            files[path] = (content.ToArray(), Types[Path.GetExtension(name)]);
        }

        return files.ToFrozenDictionary();
    }
}
