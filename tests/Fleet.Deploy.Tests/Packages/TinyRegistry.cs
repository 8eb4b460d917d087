using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Fleet.Deploy.Tests.Packages;

/// <summary>A registry on loopback with one image: a base of one layer with one file, made here.</summary>
internal sealed class TinyRegistry : IAsyncDisposable
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private readonly Dictionary<string, byte[]> _blobs = [];
    private readonly WebApplication _app;
    private readonly byte[] _manifest;

    private TinyRegistry(WebApplication app)
    {
        _app = app;
        byte[] tar = Layer();
        string layer = Add(Compressed(tar));
        string config = Add(JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture = "amd64",
            os = "linux",
            config = new { Env = new[] { "PATH=/usr/bin:/bin", "APP_UID=1654" }, User = "1654" },
            rootfs = new { type = "layers", diff_ids = new[] { Digest(tar) } },
            history = new[] { new { created_by = "a test" } },
        }));
        _manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = ManifestType,
            config = new { mediaType = "application/vnd.oci.image.config.v1+json", digest = config, size = _blobs[config].Length },
            layers = new[] { new { mediaType = "application/vnd.oci.image.layer.v1.tar+gzip", digest = layer, size = _blobs[layer].Length } },
        });
    }

    /// <summary>HOST:PORT.</summary>
    public string Address => new Uri(_app.Urls.First()).Authority;

    public string Image => $"{Address}/base:1";

    public static async Task<TinyRegistry> StartAsync()
    {
        WebApplication app = WebApplication.CreateSlimBuilder().Build();
        app.Urls.Add("http://127.0.0.1:0");
        var registry = new TinyRegistry(app);
        app.MapMethods("/v2/{**path}", ["GET", "HEAD"], registry.AnswerAsync);
        await app.StartAsync();
        return registry;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        string name = path[(path.LastIndexOf('/') + 1)..];
        byte[]? body = path.Contains("/manifests/", StringComparison.Ordinal) ? _manifest : path == "/v2/" ? [] : _blobs.GetValueOrDefault(name);
        if (body is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = ReferenceEquals(body, _manifest) ? ManifestType : "application/octet-stream";
        context.Response.Headers["Docker-Content-Digest"] = Digest(body);
        context.Response.ContentLength = body.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body);
        }
    }

    private string Add(byte[] blob)
    {
        string digest = Digest(blob);
        _blobs[digest] = blob;
        return digest;
    }

    private static byte[] Layer()
    {
        using var memory = new MemoryStream();
        using (var tar = new TarWriter(memory, TarEntryFormat.Pax, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "etc/passwd")
            {
                DataStream = new MemoryStream(Encoding.ASCII.GetBytes("app:x:1654:1654::/:/sbin/nologin\n")),
            });
        }

        return memory.ToArray();
    }

    private static byte[] Compressed(byte[] data)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return memory.ToArray();
    }

    private static string Digest(byte[] data) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(data));
}
