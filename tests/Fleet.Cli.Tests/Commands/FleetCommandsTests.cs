using System.Text.Json;
using Fleet.Testing;

namespace Fleet.Cli.Tests.Commands;

/// <summary>The kubectl-like commands against a real controller process.</summary>
public sealed class FleetCommandsTests : IAsyncLifetime
{
    private const string Declaration = """
        pools:
        - id: cache
          listen: 127.0.0.1:1
          sla: {percentile: 99, latencyUs: 500}
          nodes:
          - {id: a, address: 127.0.0.1:2, weight: 50}
          - {id: b, address: 127.0.0.1:3}
        proxies:
        - {id: edge, control: "unix:/nowhere.sock"}
        """;

    private readonly TemporaryFolder _folder = new();
    private FleetProcess _controller = null!;
    private string _address = "";
    private int _written;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _controller = FleetProcess.Fleet(
            "controller", "--listen", "127.0.0.1:0", "--data", _folder.File("data"), "--metrics-listen", "none");
        _address = $"127.0.0.1:{await _controller.PortAsync()}";
    }

    public async ValueTask DisposeAsync()
    {
        await _controller.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_declaration_is_applied_once_and_pruned()
    {
        string file = await WriteAsync(Declaration);
        (await OkAsync("apply", "-f", file, "--dry-run")).ShouldContain("node/cache/a added (dry run)");
        (await OkAsync("get", "pools", "-o", "json")).ShouldNotContain("cache");
        (await LinesAsync("apply", "-f", file)).ShouldBe(["proxy/edge added", "pool/cache created", "node/cache/a added", "node/cache/b added"]);
        (await LinesAsync("apply", "-f", file)).ShouldAllBe(l => l.EndsWith("unchanged", StringComparison.Ordinal));
        string changed = await WriteAsync(
            "pools: [{id: cache, sla: {latencyUs: 200}, nodes: [{id: a, weight: 70}]}]\nproxies: []\n");
        (await LinesAsync("apply", "-f", changed, "--prune")).ShouldBe(
            ["pool/cache changed", "node/cache/a changed", "node/cache/b removed", "proxy/edge removed"]);
        using var pool = JsonDocument.Parse(await OkAsync("get", "pool", "cache", "-o", "json"));
        pool.RootElement.GetProperty("spec").GetProperty("sla").GetProperty("latencyUs").GetDouble().ShouldBe(200);
        pool.RootElement.GetProperty("spec").GetProperty("listen").GetString().ShouldBe("127.0.0.1:1");
    }

    [Fact]
    public async Task A_bad_declaration_lists_every_problem_with_its_line_and_changes_nothing()
    {
        string file = await WriteAsync("""
            pools:
            - id: cache
              listen: nowhere
              sla: {latencyUs: 0}
              mod: active
              nodes:
              - {id: a, address: 127.0.0.1:2, weight: -5}
            """);
        (int exitCode, _, string error) = await RunAsync("apply", "-f", file);
        exitCode.ShouldBe(2, error);
        error.ShouldContain("line 4: pools[0].sla.latencyUs is 0: legal is 10 to 60000000");
        error.ShouldContain("line 5: pools[0] has the unknown key 'mod'; did you mean mode?");
        error.ShouldContain("line 7: pools[0].nodes[0].weight is -5: legal is 1 to 1000000");
        string unlawful = await WriteAsync("pools: [{id: good, listen: '127.0.0.1:9', sla: {latencyUs: 500}}, {id: Bad, listen: nowhere}]");
        (exitCode, _, error) = await RunAsync("apply", "-f", unlawful);
        exitCode.ShouldBe(2, error);
        error.ShouldContain("spec.pool_id is 'Bad'");
        error.ShouldContain("spec.listen is 'nowhere'");
        (await OkAsync("get", "pools", "-o", "json")).ShouldNotContain("good");
    }

    [Fact]
    public async Task Verbs_say_what_they_did_and_refusals_are_exit_code_1()
    {
        await OkAsync("apply", "-f", await WriteAsync(Declaration));
        (await OkAsync("cordon", "cache", "a")).ShouldBe("node/cache/a cordoned\n");
        (await OkAsync("uncordon", "cache", "a")).ShouldBe("node/cache/a uncordoned\n");
        (await OkAsync("pause", "cache")).ShouldBe("pool/cache paused\n");
        (await OkAsync("resume", "cache", "a")).ShouldBe("node/cache/a resumed\n");
        (await OkAsync("drain", "cache", "b")).ShouldBe("node/cache/b drains\n");
        (int exitCode, _, string error) = await RunAsync("drain", "cache", "a");
        exitCode.ShouldBe(1);
        error.ShouldContain("is the last of pool 'cache'");
        (exitCode, _, error) = await RunAsync("delete", "pool", "no");
        exitCode.ShouldBe(1);
        error.ShouldContain("pool 'no' does not exist");
        (await OkAsync("plan", "cache", "--remove", "a")).ShouldContain("no node would carry load");
        (await OkAsync("explain", "cache", "a", "-o", "json")).ShouldContain("\"candidates\"");
        (await OkAsync("describe", "node", "cache/b")).ShouldContain("DrainNode");
        (await OkAsync("history", "cache")).ShouldContain("PausePool");
        (await OkAsync("audit", "--method", "DrainNode")).ShouldContain("FAILED_PRECONDITION");
        (await OkAsync("kill-switch", "on", "--reason", "drill")).ShouldContain("drill");
        (await OkAsync("watch", "--count", "1")).ShouldContain("pool/cache  version 2, halted");
        (await OkAsync("delete", "pool", "cache")).ShouldBe("pool/cache deleted\n");
    }

    [Fact]
    public async Task Formats_hold_the_same_and_nothing_is_coloured_when_piped()
    {
        await OkAsync("apply", "-f", await WriteAsync(Declaration));
        (await OkAsync("get", "pool", "cache", "-o", "yaml")).ShouldContain("spec:\n  poolId: \"cache\"\n");
        string table = await OkAsync("get", "nodes", "cache");
        table.ShouldContain("127.0.0.1:3");
        table.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task Every_command_that_shows_something_has_every_format()
    {
        await OkAsync("apply", "-f", await WriteAsync(Declaration));
        string[] commands =
        [
            "get pools", "get pool cache", "get nodes cache", "get node cache/a", "get proxies", "get proxy edge", "describe pool cache",
            "describe node cache/a", "describe proxy edge", "status", "explain cache a", "plan cache --remove b", "audit", "history cache",
            "kill-switch status", "watch --count 1", "pool get cache", "pool list", "node list cache", "proxies list",
        ];
        await Parallel.ForEachAsync(commands, new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = Stop }, async (command, _) =>
        {
            string[] words = command.Split(' ');
            string table = await OkAsync(words);
            string json = await OkAsync([.. words, "-o", "json"]);
            string yaml = await OkAsync([.. words, "-o", "yaml"]);
            using JsonDocument document = JsonDocument.Parse(json);
            object? read = new YamlDotNet.Serialization.DeserializerBuilder().Build()
                .Deserialize<object?>(yaml.Replace("---\n", "", StringComparison.Ordinal));
            read.ShouldNotBeNull(command);
            foreach (string output in new[] { table, json, yaml })
            {
                output.Any(c => char.IsControl(c) && c != '\n').ShouldBeFalse($"{command}: {output}");
            }

            yaml.ShouldNotBe(json, command);
            table.ShouldNotBe(json, command);
        });
    }

    [Fact]
    public async Task A_context_is_listed_used_and_deleted()
    {
        string config = _folder.File("contexts.yaml");
        foreach (string name in new[] { "one", "two" })
        {
            (await FleetProcess.RunWithAsync(config, "context", "set", name, $"{name}.example:7400")).ExitCode.ShouldBe(0);
        }

        (await FleetProcess.RunWithAsync(config, "context", "use", "two")).ExitCode.ShouldBe(0);
        string listed = (await FleetProcess.RunWithAsync(config, "context", "list")).Output;
        listed.Split('\n').Single(l => l.StartsWith('*')).ShouldContain("two.example:7400");
        (await FleetProcess.RunWithAsync(config, "context", "delete", "two")).ExitCode.ShouldBe(0);
        (await FleetProcess.RunWithAsync(config, "context", "list")).Output.ShouldNotContain("two");
        (await FleetProcess.RunWithAsync(config, "context", "use", "two")).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task Contexts_name_controllers()
    {
        string config = _folder.File("config.yaml");
        await FleetProcess.RunWithAsync(config, "context", "set", "prod", _address);
        (int exitCode, string output, string error) = await FleetProcess.RunWithAsync(config, "get", "pools");
        exitCode.ShouldBe(0, error);
        output.ShouldStartWith("POOL");
        (exitCode, _, error) = await FleetProcess.RunWithAsync(config, "get", "pools", "--context", "prd");
        exitCode.ShouldBe(2);
        error.ShouldContain("context 'prd' does not exist");
        error.ShouldContain("did you mean prod?");
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _fleet fleet")]
    [InlineData("zsh", "#compdef fleet")]
    [InlineData("fish", "complete -f -c fleet")]
    public async Task Completion_scripts_ask_the_command_itself(string shell, string part)
    {
        (await OkAsync("completion", shell)).ShouldContain(part);
        (_, string found, _) = await FleetProcess.RunAsync("[suggest:8]", "fleet dr");
        found.Split('\n').ShouldContain("drain");
    }

    private async Task<string> WriteAsync(string text)
    {
        string file = _folder.File($"{_written++}.yaml");
        await File.WriteAllTextAsync(file, text, Stop);
        return file;
    }

    private async Task<string[]> LinesAsync(params string[] arguments) =>
        (await OkAsync(arguments)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task<string> OkAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await RunAsync(arguments);
        exitCode.ShouldBe(0, error);
        return output;
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => arguments[0] == "completion"
        ? FleetProcess.RunAsync(arguments)
        : FleetProcess.RunAsync([.. arguments, "--controller", _address]);
}
