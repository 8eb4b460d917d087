namespace Fleet.Grpc.Tests.Interop;

/// <summary>@grpc/grpc-js from npm, installed once per lock file beside the build output.</summary>
public sealed class GrpcJsClient : OfficialClient
{
    private static readonly string Source = Path.Combine(Folder, "Interop", "grpcjs");

    protected override Task<string?> MissingAsync() => GrpcJsInstallation.MissingAsync();

    protected override async Task<string> RunAsync(string authority)
    {
        string directory = await GrpcJsInstallation.InstallAsync(Folder);
        File.Copy(Path.Combine(Source, "client.js"), Path.Combine(directory, "client.js"), overwrite: true);
        string standard = Path.Combine(Testing.RepositoryRoot.Path, "src", "Fleet.Grpc", "Protos");
        return await Command.RunAsync("node", ["client.js", authority, Path.Combine(Folder, "Protos"), standard], directory);
    }
}

/// <summary>The scenarios as the JavaScript client sees them.</summary>
public sealed class GrpcJsTests(GrpcJsClient client) : OfficialClientTests<GrpcJsClient>(client);
