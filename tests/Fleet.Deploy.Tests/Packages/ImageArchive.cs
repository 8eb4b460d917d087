using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace Fleet.Deploy.Tests.Packages;

/// <summary>An image as <c>docker load</c> takes it: its configuration, and the files of its layers in order.</summary>
internal sealed class ImageArchive
{
    private ImageArchive(JsonElement config, IReadOnlyList<IReadOnlyList<TarEntry>> layers) => (Config, Layers) = (config, layers);

    /// <summary>The image's configuration: "User", "Entrypoint", "ExposedPorts", "Labels", …</summary>
    public JsonElement Config { get; }

    public IReadOnlyList<IReadOnlyList<TarEntry>> Layers { get; }

    public static ImageArchive Open(string file)
    {
        Dictionary<string, byte[]> files = Read(File.ReadAllBytes(file))
            .Where(e => e.Entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            .ToDictionary(e => e.Entry.Name.TrimStart('.', '/'), e => e.Data);
        JsonElement manifest = JsonDocument.Parse(files["manifest.json"]).RootElement[0];
        JsonElement config = JsonDocument.Parse(files[manifest.GetProperty("Config").GetString()!]).RootElement.GetProperty("config");
        IReadOnlyList<TarEntry>[] layers =
        [
            .. manifest.GetProperty("Layers").EnumerateArray()
                .Select(l => (IReadOnlyList<TarEntry>)[.. Read(files[l.GetString()!]).Select(e => e.Entry)]),
        ];
        return new ImageArchive(config, layers);
    }

    private static List<(TarEntry Entry, byte[] Data)> Read(byte[] archive)
    {
        bool zipped = archive is [0x1f, 0x8b, ..];
        using Stream plain = zipped ? new GZipStream(new MemoryStream(archive), CompressionMode.Decompress) : new MemoryStream(archive);
        using var tar = new TarReader(plain);
        var entries = new List<(TarEntry, byte[])>();
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            using var data = new MemoryStream();
            entry.DataStream?.CopyTo(data);
            entries.Add((entry, data.ToArray()));
        }

        return entries;
    }
}
