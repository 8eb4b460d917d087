using System.Formats.Tar;
using System.Globalization;
using System.Text.Json;
using Fleet.Deploy.Tests.Support;
using Fleet.Deploy.Tests.Upgrade;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Packages;

/// <summary>The images that <c>make image</c> builds, upon a base from a registry on loopback; no engine runs, the archives are read.</summary>
[Collection(nameof(LabCollection))]
public class ImageTests
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode Special = UnixFileMode.SetUser | UnixFileMode.SetGroup;

    [Fact(Timeout = 300_000)]
    public async Task Both_images_start_the_program_and_only_the_agents_is_root()
    {
        await using TinyRegistry registry = await TinyRegistry.StartAsync();
        using var folder = new TemporaryFolder();
        await using var build = ServiceProcess.Program(
            "/bin/bash", new Dictionary<string, string>
            {
                ["FLEET_BASE_IMAGE"] = registry.Image,
                ["FLEET_IMAGE_FOLDER"] = folder.Path,
                ["DOTNET_CONTAINER_INSECURE_REGISTRIES"] = registry.Address,
            },
            Path.Combine(RepositoryRoot.Path, "eng/build-image.sh"));
        (await build.ExitAsync(seconds: 280)).ShouldBe(0, build.Said);

        var services = ImageArchive.Open(folder.File("fleet.tar.gz"));
        services.Config.GetProperty("User").GetString().ShouldBe("1654");
        Start(services).ShouldBe("dotnet /app/fleet.dll");
        Ports(services).ShouldBe(["11211/tcp", "7400/tcp", "7401/tcp", "7481/tcp", "7482/tcp"]);
        Label(services, "org.opencontainers.image.licenses").ShouldBe("Apache-2.0");
        CheckFiles(services);

        var agent = ImageArchive.Open(folder.File("fleet-agent.tar.gz"));
        agent.Config.GetProperty("User").GetString().ShouldBe("0");
        Start(agent).ShouldBe("dotnet /app/fleet.dll agent");
        Ports(agent).ShouldBe(["7071/tcp", "7483/tcp"]);
        Label(agent, "org.fleet.capabilities").ShouldBe(Capabilities(), "what deploy/kustomize grants");
        CheckFiles(agent);
    }

    // The SDK gives the program's files to the image's user, so nobody else may write them; deploy/kustomize mounts them read-only for that one.
    private static void CheckFiles(ImageArchive image)
    {
        TarEntry[] program = [.. image.Layers.Skip(1).SelectMany(l => l)];
        program.ShouldContain(e => e.Name.EndsWith("app/fleet.dll", StringComparison.Ordinal));
        int user = int.Parse(image.Config.GetProperty("User").GetString()!, CultureInfo.InvariantCulture);
        program.Where(e => e.Uid != user || (e.Mode & (WritableByOthers | Special)) != 0).Select(e => $"{e.Name} {e.Uid} {e.Mode}").ShouldBeEmpty();
        program.Single(e => e.Name.EndsWith("app/fleet", StringComparison.Ordinal)).Mode.HasFlag(UnixFileMode.OtherExecute).ShouldBeTrue();
        image.Layers[0].ShouldContain(e => e.Name == "etc/passwd", "the base's own layer");
    }

    private static string Start(ImageArchive image) => string.Join(' ', Texts(image.Config, "Entrypoint").Concat(Texts(image.Config, "Cmd")));

    private static string[] Ports(ImageArchive image) =>
        [.. image.Config.GetProperty("ExposedPorts").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)];

    private static string? Label(ImageArchive image, string name) => image.Config.GetProperty("Labels").GetProperty(name).GetString();

    private static IEnumerable<string> Texts(JsonElement config, string name) =>
        config.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(t => t.GetString()!)
            : [];

    private static string Capabilities()
    {
        string line = File.ReadLines(Path.Combine(RepositoryRoot.Path, "deploy/kustomize/agent.yaml"))
            .Single(l => l.Contains("add: [", StringComparison.Ordinal));
        return line[(line.IndexOf('[') + 1)..line.IndexOf(']')].Replace(", ", " ", StringComparison.Ordinal);
    }
}
