using System.Security.Cryptography;

namespace Fleet.Grpc.Tests.Interop;

/// <summary>@grpc/grpc-js from npm, installed once per lock file beside the build output of a test project.</summary>
internal static class GrpcJsInstallation
{
    private static readonly string Source = Path.Combine(Testing.RepositoryRoot.Path, "tests", "Fleet.Grpc.Tests", "Interop", "grpcjs");

    /// <summary>What this machine lacks for it; null when nothing.</summary>
    public static async Task<string?> MissingAsync() =>
        !await Command.WorksAsync("node", "--version") ? "node is not installed (Debian package nodejs)"
        : !await Command.WorksAsync("npm", "--version") ? "npm is not installed (Debian package npm)"
        : null;

    /// <summary>The folder with the packages.</summary>
    /// <param name="project">Folder of the test project.</param>
    public static async Task<string> InstallAsync(string project)
    {
        byte[] packageLock = await File.ReadAllBytesAsync(Path.Combine(Source, "package-lock.json"));
        string directory = Path.Combine(project, "obj", "grpcjs-" + Convert.ToHexStringLower(SHA256.HashData(packageLock))[..12]);
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
