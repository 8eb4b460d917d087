using System.Text.Json;
using Fleet.Testing;

namespace Fleet.Deploy.Tests.Monitoring;

/// <summary>The dashboards as files: what Grafana needs, and expressions that parse and name metrics that exist.</summary>
public class DashboardTests
{
    public static TheoryData<string> Names => [.. Dashboards.Files.Select(f => Path.GetFileName(f))];

    [Fact]
    public void There_is_one_for_fleet_pool_node_and_controller() => Dashboards.Files.Select(f => Path.GetFileNameWithoutExtension(f))
        .ShouldBe(["fleet-controller", "fleet-node", "fleet-overview", "fleet-pool"]);

    [Theory]
    [MemberData(nameof(Names))]
    public void It_has_a_stable_uid_a_data_source_to_choose_and_units(string name)
    {
        JsonElement dashboard = Dashboards.Read(FileOf(name));
        dashboard.GetProperty("uid").GetString().ShouldBe(Path.GetFileNameWithoutExtension(name));
        dashboard.GetProperty("templating").GetProperty("list").EnumerateArray()
            .ShouldContain(v => v.GetProperty("type").GetString() == "datasource");
        foreach (JsonElement panel in dashboard.GetProperty("panels").EnumerateArray())
        {
            string title = panel.GetProperty("title").GetString()!;
            panel.GetProperty("datasource").GetProperty("uid").GetString().ShouldBe("${datasource}", title);
            panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString().ShouldNotBeNullOrEmpty(title);
        }

        dashboard.GetProperty("panels").EnumerateArray().Select(p => p.GetProperty("title").GetString()).ShouldBeUnique();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_expressions_name_metrics_that_exist(string name)
    {
        (string Panel, string Expression)[] all = [.. Dashboards.Expressions(FileOf(name), "1m")];
        all.ShouldNotBeEmpty();
        all.SelectMany(e => MetricUse.Unknown(e.Expression).Select(m => $"{e.Panel}: {m}")).ShouldBeEmpty();
    }

    [Fact]
    public void An_unknown_metric_would_be_found() =>
        MetricUse.Unknown("sum(fleet_pool_power_watts) / fleet_pool_powr_watts").ShouldBe(["fleet_pool_powr_watts"]);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Its_expressions_parse(string name)
    {
        string? promtool = Tool.Find("promtool");
        Assert.SkipWhen(promtool is null, Tool.Missing("promtool"));
        using var folder = new TemporaryFolder();
        string rules = folder.File("rules.yml");
        IEnumerable<string> lines = Dashboards.Expressions(FileOf(name), "1m")
            .Select((e, i) => $"  - record: check:{i}\n    expr: {JsonSerializer.Serialize(e.Expression)}");
        await File.WriteAllTextAsync(
            rules, "groups:\n- name: dashboard\n  rules:\n" + string.Join('\n', lines) + "\n",
            TestContext.Current.CancellationToken);
        (int exitCode, string said) = await Tool.RunAsync(promtool, ["check", "rules", "--lint=none", rules]);
        exitCode.ShouldBe(0, said);
    }

    private static string FileOf(string name) => Dashboards.Files.Single(f => Path.GetFileName(f) == name);
}
