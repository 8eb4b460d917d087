using Fleet.Testing;

namespace Fleet.Cli.Tests.Commands;

/// <summary>Controller, proxy and people over mutual TLS, all as processes.</summary>
public sealed class SecureFleetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Certs => _folder.File("certs");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_fleet_with_certificates_works_and_roles_hold()
    {
        (await FleetProcess.RunAsync("certs", "init", "--dir", Certs)).ExitCode.ShouldBe(0);
        await using FleetProcess proxy = FleetProcess.Fleet(
            ["proxy", "--control", "https://127.0.0.1:0", "--metrics-listen", "none", .. Service("proxy")]);
        await proxy.SaysAsync("control listens");
        string control = proxy.Output.Split("https://127.0.0.1:")[1].Split(new[] { ' ', ',', '\n' }, 2)[0];
        await using FleetProcess controller = FleetProcess.Fleet(
            ["controller", "--listen", "0.0.0.0:0", "--data", _folder.File("data"), "--metrics-listen", "none", .. Service("controller")]);
        string address = $"localhost:{await controller.PortAsync()}";

        await OkAsync("admin", "proxies", "add", "edge", $"https://localhost:{control}", "--controller", address);
        await Eventually.TrueAsync(
            async () => (await OkAsync("viewer", "get", "proxies", "-o", "json", "--controller", address))
                .Contains("\"connected\": true", StringComparison.Ordinal),
            "the controller reached the proxy");
        await OkAsync("admin", "pool", "create", "web", "--listen", "127.0.0.1:0", "--sla-us", "500", "--controller", address);
        await OkAsync("operator", "pause", "web", "--controller", address);
        (int exitCode, _, string error) = await RunAsync("viewer", "resume", "web", "--controller", address);
        exitCode.ShouldBe(1);
        error.ShouldContain("'viewer' has role viewer");
        (await OkAsync("viewer", "audit", "--controller", address)).ShouldContain("operator  operator");
        (exitCode, _, _) = await RunAsync("agent", "get", "pools", "--controller", address);
        exitCode.ShouldBe(2);
        foreach (string key in Directory.EnumerateFiles(Certs, "*.key"))
        {
            string secret = (await File.ReadAllLinesAsync(key, TestContext.Current.CancellationToken))[1];
            (controller.Error + controller.Output + proxy.Error + proxy.Output).ShouldNotContain(secret);
        }
    }

    [Theory]
    [InlineData("controller", "--listen")]
    [InlineData("proxy", "--control")]
    public async Task Plain_text_beyond_this_host_is_refused(string service, string option)
    {
        (int exitCode, _, string error) = await FleetProcess.RunAsync(service, option, "0.0.0.0:0");
        exitCode.ShouldBe(2, error);
        error.ShouldContain("listen address '0.0.0.0:0' can be reached from other hosts");
        error.ShouldContain("fleet certs init");
    }

    [Fact]
    public async Task Half_of_the_files_is_refused_with_the_missing_names()
    {
        (int exitCode, _, string error) = await FleetProcess.RunAsync("controller", "--tls-cert", "x.crt", "--data", _folder.File("d"));
        exitCode.ShouldBe(2);
        error.ShouldContain("tls-key is missing");
        error.ShouldContain("tls-ca is missing");
    }

    [Fact]
    public async Task An_authority_is_never_replaced()
    {
        (await FleetProcess.RunAsync("certs", "init", "--dir", Certs)).ExitCode.ShouldBe(0);
        (int exitCode, _, string error) = await FleetProcess.RunAsync("certs", "init", "--dir", Certs);
        exitCode.ShouldBe(2);
        error.ShouldContain("an authority is never replaced");
        (exitCode, string output, error) = await FleetProcess.RunAsync("certs", "issue", "bob", "viewer", "--dir", Certs, "--days", "900");
        exitCode.ShouldBe(2, output);
        error.ShouldContain("--days is 900: legal is 1 to 825");
        (await FleetProcess.RunAsync("certs", "issue", "bob", "viewer", "--dir", Certs)).ExitCode.ShouldBe(0);
        (await FleetProcess.RunAsync("certs", "show", "--dir", Certs)).Output.ShouldContain("CN=bob, OU=viewer, O=fleet");
    }

    private string[] Service(string name) =>
    [
        "--tls-cert", Path.Combine(Certs, name + ".crt"), "--tls-key", Path.Combine(Certs, name + ".key"),
        "--tls-ca", Path.Combine(Certs, "ca.crt"),
    ];

    private async Task<string> OkAsync(string who, params string[] arguments)
    {
        (int exitCode, string output, string error) = await RunAsync(who, arguments);
        exitCode.ShouldBe(0, error);
        return output;
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(string who, params string[] arguments) =>
        FleetProcess.RunAsync([.. arguments, .. Service(who)]);
}
