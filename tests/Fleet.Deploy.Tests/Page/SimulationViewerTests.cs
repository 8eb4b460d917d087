using Fleet.Deploy.Tests.Support;
using Fleet.Testing;
using Microsoft.Playwright;

namespace Fleet.Deploy.Tests.Page;

/// <summary>The page draws what <c>fleet simulate</c> prints.</summary>
public class SimulationViewerTests(MiniFleet fleet, Chromium chromium)
{
    [Fact(Timeout = 180_000)]
    public async Task A_simulated_day_is_drawn_for_each_promise()
    {
        Assert.SkipWhen(fleet.Reason is not null, fleet.Reason ?? "");
        Assert.SkipWhen(chromium.Reason is not null, chromium.Reason ?? "");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("trace.csv"), "hour,fraction\n0,0.3\n1,0.6\n2,0.4\n", TestContext.Current.CancellationToken);
        await using ServiceProcess simulate = ServiceProcess.Fleet(
            "simulate", "--trace", folder.File("trace.csv"), "--model", "memcached-e5-2690", "--nodes", "2", "--sla", "500,300",
            "--policies", "default,oracle", "--json");
        (await simulate.ExitAsync(120)).ShouldBe(0, simulate.Said);
        await File.WriteAllTextAsync(folder.File("day.json"), simulate.Said, TestContext.Current.CancellationToken);

        await using Visit visit = await Visit.StartAsync(chromium, fleet.Page);
        await visit.Page.GotoAsync(fleet.Page + "/#/report");
        await visit.Page.GetByLabel("Report file").SetInputFilesAsync(folder.File("day.json"));
        await visit.SeesAsync("Simulated: trace.csv on memcached-e5-2690");
        await visit.SeesAsync("oracle");
        await Assertions.Expect(visit.Page.Locator("figure")).ToHaveCountAsync(4);
        await visit.Page.GetByLabel("Promise and fleet").SelectOptionAsync("300/2");
        await visit.SeesAsync("99 % within 300 µs, 2 servers");
        await visit.JudgeAsync("simulated-day");
    }
}
