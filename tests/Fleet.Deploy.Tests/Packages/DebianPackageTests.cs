using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Packages;

/// <summary>
/// The package as an archive. Its life in a fresh Debian (install, upgrade under load, remove, purge) is <c>make test-deb</c>, because a
/// fresh Debian costs minutes; docs/operations.md has its record.
/// </summary>
public class DebianPackageTests
{
    [Fact(Timeout = 120_000)]
    public async Task It_holds_the_program_units_configuration_and_rules_and_nothing_that_others_may_write()
    {
        Assert.SkipWhen(Tool.Find("dpkg-deb") is null, Tool.Missing("dpkg-deb"));
        using var folder = new TemporaryFolder();
        using var program = new Upgrade.ProgramCopy();
        await using var build = ServiceProcess.Program(
            "/bin/bash",
            new Dictionary<string, string>
            {
                ["FLEET_DEB_PROGRAM"] = Path.GetDirectoryName(program.Dll)!,
                ["FLEET_DEB_FOLDER"] = folder.Path,
                ["FLEET_DEB_COMPRESSION"] = "none",
                ["FLEET_VERSION"] = "9.8.7",
            },
            Path.Combine(RepositoryRoot.Path, "eng/build-deb.sh"));
        (await build.ExitAsync()).ShouldBe(0, build.Said);
        string package = Directory.GetFiles(folder.Path, "fleet_9.8.7_*.deb").ShouldHaveSingleItem();

        string[][] entries = [.. (await DpkgAsync("--contents", package)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        string[] names = [.. entries.Select(e => e[5])];
        foreach (string expected in (string[])
            ["./usr/bin/fleet", "./usr/lib/fleet/fleet.dll", "./lib/systemd/system/fleet-proxy.service", "./lib/systemd/system/fleet-agent.service",
                "./lib/systemd/system/fleet-controller.service", "./etc/fleet/proxy.json", "./usr/share/fleet/prometheus/alerts.yml",
                "./usr/share/doc/fleet/copyright", "./usr/share/doc/fleet/operations.md"])
        {
            names.ShouldContain(expected);
        }

        entries.Where(e => e[1] != "root/root" || (e[0][0] != 'l' && (e[0][5] == 'w' || e[0][8] == 'w')))
            .Select(e => string.Join(' ', e)).ShouldBeEmpty();
        (await DpkgAsync("--field", package, "Version")).Trim().ShouldBe("9.8.7");
        (await DpkgAsync("--info", package, "conffiles")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(["/etc/fleet/agent.json", "/etc/fleet/controller.json", "/etc/fleet/proxy.json"]);
        foreach (string script in (string[])["postinst", "prerm", "postrm"])
        {
            (await DpkgAsync("--info", package, script)).ShouldStartWith("#!/bin/sh\nset -e\n");
        }
    }

    [Fact]
    public void An_upgrade_reloads_the_proxy_by_its_unit_which_hands_over()
    {
        string script = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy/debian/postinst"));
        script.ShouldContain("systemctl try-reload-or-restart fleet-proxy.service");
        string unit = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy/systemd/fleet-proxy.service"));
        unit.ShouldContain("\nExecReload=/bin/kill -USR2 $MAINPID\n");
    }

    private static async Task<string> DpkgAsync(params string[] arguments)
    {
        (int exitCode, string said) = await Tool.RunAsync(Tool.Find("dpkg-deb")!, arguments);
        exitCode.ShouldBe(0, said);
        return said;
    }
}
