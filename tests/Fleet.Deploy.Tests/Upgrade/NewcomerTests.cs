using System.Globalization;
using Fleet.Deploy.Tests.Demo;
using Fleet.Deploy.Tests.Page;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;
using Microsoft.Playwright;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>
/// From a clone into an empty folder to a tuned node in the browser, by the README's own command: <c>make test-newcomer</c>
/// (FLEET_NEWCOMER=1), with the installation and the build about five minutes. FLEET_NEWCOMER=demo takes the part from <c>fleet demo</c> on,
/// with the program that is built already. Both take the machine's one lab.
/// </summary>
[Collection(nameof(LabCollection))]
public class NewcomerTests(MiniFleet fleet, Chromium chromium)
{
    [Fact(Timeout = 900_000)]
    public async Task A_clone_leads_to_a_tuned_node_in_the_browser()
    {
        string? wanted = Environment.GetEnvironmentVariable("FLEET_NEWCOMER");
        Assert.SkipUnless(wanted is "1" or "demo", "takes minutes and the machine's lab; FLEET_NEWCOMER=1 (or =demo, without the build) runs it");
        Assert.SkipWhen(chromium.Reason is not null, chromium.Reason ?? "");
        string? reason = await DemoPage.ReasonAsync();
        Assert.SkipWhen(reason is not null, reason ?? "");

        // Its load would be the newcomer's neighbour; the tests that share it have run.
        await fleet.EndAsync();
        bool whole = wanted == "1";
        File.ReadAllText(Path.Combine(RepositoryRoot.Path, "README.md")).ShouldContain("```sh\nmake demo\n```");
        using var folder = new TemporaryFolder();
        long start = TimeProvider.System.GetTimestamp();
        string clone = folder.File("fleet");
        (int exitCode, string said) = await Tool.RunAsync("/usr/bin/git", ["clone", "--quiet", "--no-hardlinks", RepositoryRoot.Path, clone]);
        exitCode.ShouldBe(0, said);
        (exitCode, said) = await Tool.RunAsync("/usr/bin/make", ["-n", "demo"], folder: clone);
        exitCode.ShouldBe(0, said);
        said.ShouldContain("./fleet demo");
        await using ServiceProcess demo = whole
            ? ServiceProcess.ProgramIn(clone, "/usr/bin/make", "demo")
            : ServiceProcess.FleetIn(clone, new Dictionary<string, string>(), "demo");
        try
        {
            string pool = await DemoPage.PoolAsync(demo);
            await using Visit visit = await Visit.StartAsync(chromium, DemoPage.Address);
            await visit.Page.GotoAsync(DemoPage.Address + "/");
            await visit.Page.GetByRole(AriaRole.Table).First.GetByRole(AriaRole.Link).First.ClickAsync();
            string node = await DemoPage.TunedNodeAsync(pool, demo);
            await visit.Page.GetByRole(AriaRole.Link, new() { Name = node, Exact = true }).ClickAsync();
            await visit.SeesAsync("Why this setting");
            await Assertions.Expect(visit.Page.Locator("svg circle").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await visit.JudgeAsync("newcomer");
            Record(whole, node, TimeProvider.System.GetElapsedTime(start));
        }
        catch (PlaywrightException failure)
        {
            throw new InvalidOperationException($"{failure.Message}\nThe demo said: {demo.Said}", failure);
        }
        finally
        {
            ServiceProcess.SignalDemo(demo.Id, "TERM");
            await demo.ExitAsync(120);
        }
    }

    private static void Record(bool whole, string node, TimeSpan took)
    {
        string path = whole ? "clone, make demo, browser" : "clone, fleet demo (built before), browser";
        string folder = Path.Combine(RepositoryRoot.Path, "artifacts/newcomer");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "path.json"), string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"path": "{{path}}", "node": "{{node}}", "seconds": {{took.TotalSeconds:0.0}}}"""));
    }
}
