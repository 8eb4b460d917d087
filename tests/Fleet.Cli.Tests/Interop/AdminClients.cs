using System.Text.Json;
using Fleet.Grpc.Tests.Interop;
using Fleet.Testing;
using Fleet.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;

namespace Fleet.Cli.Tests.Interop;

/// <summary>One official client that drives the whole admin API of a controller process over mutual TLS.</summary>
public abstract class AdminClientRun : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private JsonElement _seen;
    private string? _skip;

    private protected static string Here { get; } = Path.Combine(RepositoryRoot.Path, "tests", "Fleet.Cli.Tests");

    public async ValueTask InitializeAsync()
    {
        _skip = await MissingAsync();
        if (_skip is null)
        {
            string certs = _folder.File("certs");
            (int exitCode, _, string error) = await FleetProcess.RunAsync("certs", "init", "--dir", certs);
            exitCode.ShouldBe(0, error);
            await using FleetProcess controller = FleetProcess.Fleet(
                "controller", "--listen", "127.0.0.1:0", "--data", _folder.File("data"), "--metrics-listen", "none",
                "--tls-cert", Path.Combine(certs, "controller.crt"), "--tls-key", Path.Combine(certs, "controller.key"),
                "--tls-ca", Path.Combine(certs, "ca.crt"));
            int port = await controller.PortAsync();
            _seen = JsonDocument.Parse(await RunAsync(
                $"localhost:{port}", _folder, Path.Combine(certs, "ca.crt"), Path.Combine(certs, "admin.crt"),
                Path.Combine(certs, "admin.key"))).RootElement;
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>What the client saw; skips the test when the client is not installed.</summary>
    public JsonElement Saw(string what)
    {
        Assert.SkipWhen(_skip is not null, _skip ?? "");
        return _seen.GetProperty(what);
    }

    private protected abstract Task<string?> MissingAsync();

    private protected abstract Task<string> RunAsync(string address, TemporaryFolder folder, string ca, string cert, string key);
}

/// <summary>Debian's python3-grpcio.</summary>
public sealed class PythonAdminRun : AdminClientRun
{
    private const string Python = "/usr/bin/python3";

    private protected override async Task<string?> MissingAsync() => await Command.WorksAsync(Python, "-c", "import grpc, google.protobuf")
        ? null
        : "/usr/bin/python3 has no grpc (Debian packages python3-grpcio and python3-protobuf)";

    private protected override async Task<string> RunAsync(string address, TemporaryFolder folder, string ca, string cert, string key)
    {
        FileDescriptor[] files =
        [
            AnyReflection.Descriptor, DurationReflection.Descriptor, StatusReflection.Descriptor, ErrorDetailsReflection.Descriptor,
            TypesReflection.Descriptor, InsightReflection.Descriptor, AdminReflection.Descriptor,
        ];
        var set = new FileDescriptorSet { File = { files.Select(file => FileDescriptorProto.Parser.ParseFrom(file.SerializedData)) } };
        await File.WriteAllBytesAsync(folder.File("descriptors.bin"), set.ToByteArray());
        string script = Path.Combine(Here, "Interop", "admin.py");
        return await Command.RunAsync(Python, [script, address, folder.File("descriptors.bin"), ca, cert, key]);
    }
}

/// <summary>@grpc/grpc-js from npm.</summary>
public sealed class GrpcJsAdminRun : AdminClientRun
{
    private protected override Task<string?> MissingAsync() => GrpcJsInstallation.MissingAsync();

    private protected override async Task<string> RunAsync(string address, TemporaryFolder folder, string ca, string cert, string key)
    {
        string directory = await GrpcJsInstallation.InstallAsync(Here);
        File.Copy(Path.Combine(Here, "Interop", "admin.js"), Path.Combine(directory, "admin.js"), overwrite: true);
        string standard = Path.Combine(RepositoryRoot.Path, "src", "Fleet.Grpc", "Protos");
        string[] arguments = ["admin.js", address, Path.Combine(RepositoryRoot.Path, "protos"), standard, ca, cert, key];
        return await Command.RunAsync("node", arguments, directory);
    }
}
