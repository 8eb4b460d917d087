using System.Globalization;
using System.Text.Json;
using Fleet.Deploy.Tests.Support;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>A whole fleet that tunes real knobs under load: each service is stopped or upgraded in place, and no client notices.</summary>
public class FleetUpgradeTests
{
    private static readonly HttpClient Client = new();

    [Fact(Timeout = 300_000)]
    public async Task Controller_proxy_and_agents_are_upgraded_under_load_without_a_lost_request_or_a_changed_knob()
    {
        await using var fleet = new MiniFleet(firstDevice: 2, withLoad: false);
        await fleet.InitializeAsync();
        Assert.SkipWhen(fleet.Reason is not null, fleet.Reason ?? "");
        var load = new CountingLoad(8, fleet.FrontPort);
        await load.GoesOnAsync();
        await ChangedKnobsAsync(fleet);

        fleet.ControllerService.Terminate();
        (await fleet.ControllerService.ExitAsync()).ShouldBe(0, fleet.ControllerService.Said);
        await load.GoesOnAsync();
        await fleet.StartControllerAsync();
        await IsWholeAsync(fleet);
        await load.GoesOnAsync();

        int proxy = await ProxyUpgradeTests.HandOverAsync(fleet.ProxyService, fleet.ProxyService.Id, 1);
        await load.GoesOnAsync();
        await IsWholeAsync(fleet);
        await ChangedKnobsAsync(fleet);

        for (int i = 0; i < fleet.Agents.Count; i++)
        {
            fleet.Agents[i].Terminate();
            (await fleet.Agents[i].ExitAsync()).ShouldBe(0, fleet.Agents[i].Said);
            (await fleet.KnobsAsync(i)).ShouldBe(fleet.Originals[i], "every knob is back at its original");
        }

        await load.GoesOnAsync();
        await load.StopAsync();
        load.Connections.ShouldBe(8, "no connection was closed");
        ServiceProcess.Signal(proxy, "TERM");
    }

    private static Task ChangedKnobsAsync(MiniFleet fleet) => Eventually.TrueAsync(
        async () =>
        {
            foreach ((_, string address) in fleet.Scraped.Where(s => s.Job == "agent"))
            {
                if ((await Client.GetStringAsync($"http://{address}/metrics")).Contains("fleet_agent_knobs_changed 1\n", StringComparison.Ordinal))
                {
                    return true;
                }
            }

            return false;
        },
        "a knob is changed",
        90);

    private static async Task IsWholeAsync(MiniFleet fleet)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                JsonElement status = await fleet.StatusAsync();
                return status.GetProperty("proxies").EnumerateArray().All(p => p.GetProperty("connected").GetBoolean())
                    && status.GetProperty("nodes").EnumerateArray().Count(IsServing) == fleet.Agents.Count;
            },
            "proxy and nodes are connected again",
            60);
        static bool IsServing(JsonElement node) => node.GetProperty("status") is var s && s.GetProperty("membership").GetString() == "active"
            && double.Parse(s.GetProperty("requestsPerSecond").ToString(), CultureInfo.InvariantCulture) > 0;
    }
}
