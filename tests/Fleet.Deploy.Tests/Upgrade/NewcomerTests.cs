using System.Globalization;
using System.Text.Json;
using Fleet.Deploy.Tests.Page;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;
using Microsoft.Playwright;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>
/// From a clone into an empty folder to a tuned node in the browser, by the README's own command: FLEET_NEWCOMER=1, with the installation and the
/// build about five minutes. FLEET_NEWCOMER=demo takes the part from <c>fleet demo</c> on, with the program that is built already. Both take
/// the machine's one lab.
/// </summary>
[Collection(nameof(LabCollection))]
public class NewcomerTests(Chromium chromium)
{
    private const string PageAddress = "http://127.0.0.1:7480";
    private static readonly TimeSpan WholePatience = TimeSpan.FromMinutes(10);

    [Fact(Timeout = 900_000)]
    public async Task A_clone_leads_to_a_tuned_node_in_the_browser()
    {
        string? wanted = Environment.GetEnvironmentVariable("FLEET_NEWCOMER");
        Assert.SkipUnless(wanted is "1" or "demo", "takes minutes and the machine's lab; FLEET_NEWCOMER=1 (or =demo, without the build) runs it");
        Assert.SkipWhen(chromium.Reason is not null, chromium.Reason ?? "");
        Assert.SkipUnless(File.Exists("/usr/bin/memcached"), Tool.Missing("memcached"));
        Assert.SkipUnless(Environment.UserName == "root", "the lab needs root");
        Assert.SkipWhen(await AnswersAsync(), $"something listens on {PageAddress} already");
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
            await Eventually.TrueAsync(
                async () => demo.HasExited ? throw new InvalidOperationException(demo.Said) : await AnswersAsync(),
                "the page answers",
                WholePatience.TotalSeconds);
            await using Visit visit = await Visit.StartAsync(chromium, PageAddress);
            await visit.Page.GotoAsync(PageAddress + "/");
            await visit.Page.GetByRole(AriaRole.Table).First.GetByRole(AriaRole.Link).First.ClickAsync();
            string node = await TunedNodeAsync(visit.Page.Url.Split("/pools/")[1], demo);
            await visit.Page.GetByRole(AriaRole.Link, new() { Name = node, Exact = true }).ClickAsync();
            await visit.SeesAsync("Why this setting");
            await Assertions.Expect(visit.Page.Locator("svg circle").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
            await visit.JudgeAsync("newcomer");
            Record(whole, node, TimeProvider.System.GetElapsedTime(start));
        }
        finally
        {
            ServiceProcess.SignalDemo(demo.Id, "INT");
            await demo.ExitAsync(120);
        }
    }

    /// <summary>Waits for a node that holds a setting which its tuner chose and measured.</summary>
    private static async Task<string> TunedNodeAsync(string pool, ServiceProcess demo)
    {
        using var client = new HttpClient();
        string? found = null;
        await Eventually.TrueAsync(
            async () =>
            {
                if (demo.HasExited)
                {
                    throw new InvalidOperationException(demo.Said);
                }

                string picture = await client.GetStringAsync($"{PageAddress}/api/pools/{pool}");
                JsonElement nodes = JsonDocument.Parse(picture).RootElement.GetProperty("nodes");
                found = nodes.EnumerateArray().Where(n => n.GetProperty("phase").GetString() == "hold" && n.GetProperty("trials").GetInt32() > 0)
                    .Select(n => n.GetProperty("id").GetString()).FirstOrDefault();
                return found is not null;
            },
            "a tuned node",
            WholePatience.TotalSeconds);
        return found!;
    }

    private static async Task<bool> AnswersAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            JsonElement fleet = JsonDocument.Parse(await client.GetStringAsync(PageAddress + "/api/fleet")).RootElement;
            return fleet.GetProperty("pools").GetArrayLength() > 0;
        }
        catch (Exception notYet) when (notYet is HttpRequestException or OperationCanceledException)
        {
            return false;
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
