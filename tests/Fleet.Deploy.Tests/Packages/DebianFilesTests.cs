using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Packages;

/// <summary>What the package installs is what the commands accept.</summary>
public class DebianFilesTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("controller", 0, "")]
    [InlineData("proxy", 0, "")]
    [InlineData("agent", 2, "--device")]
    public async Task Its_configuration_passes_the_check_and_the_agents_asks_for_the_device(string service, int expected, string word)
    {
        await using ServiceProcess check = ServiceProcess.Fleet(
            "config", "check", service, Path.Combine(RepositoryRoot.Path, $"deploy/debian/{service}.json"));
        (await check.ExitAsync()).ShouldBe(expected, check.Said);
        check.Said.ShouldContain(word);
    }

    [Fact]
    public async Task Its_scripts_are_shell()
    {
        foreach (string script in (string[])["postinst", "prerm", "postrm"])
        {
            (int exitCode, string said) = await Tool.RunAsync("/bin/sh", ["-n", Path.Combine(RepositoryRoot.Path, "deploy/debian", script)]);
            exitCode.ShouldBe(0, said);
        }
    }
}
