using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Configuration;

/// <summary><c>fleet config check</c>: where each value comes from, and the nearest legal name of what is none.</summary>
public class ConfigCheckTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_variable_is_stronger_than_the_file_and_one_that_is_no_option_is_named()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("proxy.json");
        await File.WriteAllTextAsync(
            file, """{"listen": "127.0.0.1:7001", "server": ["127.0.0.1:7002"], "loops": 2}""", TestContext.Current.CancellationToken);
        await using ServiceProcess check = ServiceProcess.Fleet(
            new Dictionary<string, string> { ["FLEET_PROXY_LOOPS"] = "3", ["FLEET_PROXY_POLICIE"] = "x" },
            "config", "check", "proxy", file, "--json");
        (await check.ExitAsync()).ShouldBe(0, check.Said);
        check.Said.ShouldContain("""{"option":"loops","value":"3","from":"FLEET_PROXY_LOOPS"}""");
        check.Said.ShouldContain($$"""{"option":"listen","value":"127.0.0.1:7001","from":"{{file}}"}""");
        check.Said.ShouldContain("variable FLEET_PROXY_POLICIE is no option of proxy and is ignored; did you mean FLEET_PROXY_POLICY?");
    }

    [Fact(Timeout = 60_000)]
    public async Task Every_unknown_key_is_an_error_that_names_the_nearest_legal_one()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("proxy.json");
        await File.WriteAllTextAsync(
            file, """{"lissten": "127.0.0.1:7001", "server": ["127.0.0.1:7002"], "lops": 2}""", TestContext.Current.CancellationToken);
        await using ServiceProcess check = ServiceProcess.Fleet("config", "check", "proxy", file);
        (await check.ExitAsync()).ShouldBe(2, check.Said);
        check.Said.ShouldContain("unknown key 'lissten'; did you mean listen?");
        check.Said.ShouldContain("unknown key 'lops'; did you mean loops?");
    }
}
