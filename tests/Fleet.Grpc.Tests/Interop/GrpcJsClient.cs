using System.Security.Cryptography;

namespace Fleet.Grpc.Tests.Interop;

/// <summary>@grpc/grpc-js from npm, installed once per lock file beside the build output.</summary>
public sealed class GrpcJsClient : OfficialClient
{
    private static readonly string Source = Path.Combine(Folder, "Interop", "grpcjs");

    protected override async Task<string?> MissingAsync() =>
        !await Command.WorksAsync("node", "--version") ? "node is not installed (Debian package nodejs)"
        : !await Command.WorksAsync("npm", "--version") ? "npm is not installed (Debian package npm)"
        : null;

    protected override async Task<string> RunAsync(string authority)
    {
        string directory = await InstallAsync();
        File.Copy(Path.Combine(Source, "client.js"), Path.Combine(directory, "client.js"), overwrite: true);
        string standard = Path.Combine(Testing.RepositoryRoot.Path, "src", "Fleet.Grpc", "Protos");
        return await Command.RunAsync("node", ["client.js", authority, Path.Combine(Folder, "Protos"), standard], directory);
    }

    private static async Task<string> InstallAsync()
    {
        byte[] packageLock = await File.ReadAllBytesAsync(Path.Combine(Source, "package-lock.json"));
        string directory = Path.Combine(Folder, "obj", "grpcjs-" + Convert.ToHexStringLower(SHA256.HashData(packageLock))[..12]);
        string marker = Path.Combine(directory, "installed");
        if (!File.Exists(marker))
        {
            Directory.CreateDirectory(directory);
            foreach (string file in (string[])["package.json", "package-lock.json"])
            {
                File.Copy(Path.Combine(Source, file), Path.Combine(directory, file), overwrite: true);
            }

            await Command.RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], directory);
            await File.WriteAllTextAsync(marker, "");
        }

        return directory;
    }
}

/// <summary>The scenarios as the JavaScript client sees them.</summary>
public sealed class GrpcJsTests(GrpcJsClient client) : OfficialClientTests<GrpcJsClient>(client);
