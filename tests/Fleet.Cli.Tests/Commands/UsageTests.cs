using Fleet.Testing;

namespace Fleet.Cli.Tests.Commands;

public sealed class UsageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("status --wtch", "unknown option --wtch of 'fleet status'; did you mean --watch?")]
    [InlineData("proxy --lissten 127.0.0.1:0 --server a:1", "unknown option --lissten of 'fleet proxy'; did you mean --listen?")]
    [InlineData("node ad web n1", "unknown command ad of 'fleet node'; did you mean add?")]
    [InlineData("prxy", "unknown command prxy of 'fleet'; did you mean proxy?")]
    [InlineData("pool", "'fleet pool' needs a command: create, update, delete, get, list")]
    [InlineData("node add web n1", "Option '--address' is required")]
    [InlineData("status -o xml", "'xml'")]
    [InlineData("proxy", "--listen")]
    [InlineData("proxy --listen nowhere --server 127.0.0.1:1", "nowhere")]
    [InlineData("proxy --pools absent-pools.json --loops 0", "pools file \"absent-pools.json\" cannot be read")]
    [InlineData("proxy --listen 127.0.0.1:0 --server nowhere", "nowhere")]
    [InlineData("controller --listen nowhere --trial-budget 0 --settle-time x", "settle-time is 'x'")]
    [InlineData("agent", "no device")]
    [InlineData("agent --device lo --server-pid x", "server-pid is 'x'")]
    [InlineData("status --controller 127.0.0.1:1", "cannot reach the controller at 127.0.0.1:1")]
    [InlineData("status --controller nowhere", "controller address 'nowhere'")]
    [InlineData("load --target 127.0.0.1:1 --duration 1", "127.0.0.1:1")]
    public async Task Bad_usage_is_one_clear_message_and_exit_code_2(string arguments, string message)
    {
        (int exitCode, string output, string error) = await FleetProcess.RunAsync(arguments.Split(' '));
        exitCode.ShouldBe(2, error);
        error.ShouldContain(message);
        error.ShouldStartWith("fleet: ");
        error.ShouldNotContain("   at ");
        (output + error).ShouldNotContain("\u001b");
        output.ShouldBeEmpty();
    }

    [Fact]
    public async Task All_problems_of_a_service_are_reported_together()
    {
        (int exitCode, _, string error) = await FleetProcess.RunAsync(
            "controller", "--listen", "nowhere", "--trial-budget", "0", "--data", _folder.Path);
        exitCode.ShouldBe(2);
        error.ShouldContain("listen is 'nowhere'");
        error.ShouldContain("trial-budget is '0'");
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{ \"listn\": \"x\" }", "unknown key 'listn'; did you mean listen?")]
    [InlineData("{ \"listen\": ", "malformed at line 1, position")]
    [InlineData("[]", "it holds an array; legal is one JSON object")]
    [InlineData("{ \"listen\": {} }", "key 'listen' holds an object")]
    public async Task A_bad_configuration_file_is_told_with_its_place(string content, string message)
    {
        string file = _folder.File("fleet.json");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        (int exitCode, _, string error) = await FleetProcess.RunAsync("controller", "--config", file, "--data", _folder.File("data"));
        exitCode.ShouldBe(2, error);
        error.ShouldContain(file);
        error.ShouldContain(message);
        Directory.Exists(_folder.File("data")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_malformed_configuration_file_is_the_only_problem_told()
    {
        string file = _folder.File("fleet.json");
        await File.WriteAllTextAsync(file, "{ \"listen\": ", TestContext.Current.CancellationToken);
        (int exitCode, _, string error) = await FleetProcess.RunAsync("proxy", "--config", file);
        exitCode.ShouldBe(2, error);
        error.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("malformed at line 1");
    }

    [Fact]
    public async Task Help_is_data_and_good()
    {
        (int exitCode, string output, string error) = await FleetProcess.RunAsync("--help");
        exitCode.ShouldBe(0);
        output.ShouldContain("controller");
        error.ShouldBeEmpty();
        output.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task A_taken_address_is_exit_code_2_and_names_it()
    {
        string socket = $"unix:{_folder.File("c.sock")}";
        await using FleetProcess first = FleetProcess.Fleet("controller", "--listen", "127.0.0.1:0", "--data", _folder.File("one"));
        await first.SaysAsync("listening on http://");
        string address = first.Error.Split("listening on http://")[1].Split(',')[0];
        (int exitCode, _, string error) = await FleetProcess.RunAsync("controller", "--listen", address, "--data", _folder.File("two"));
        exitCode.ShouldBe(2, error);
        error.ShouldContain($"cannot listen on {address}: the address is in use");
        (exitCode, _, error) = await FleetProcess.RunAsync("controller", "--listen", socket, "--data", _folder.File("one"));
        exitCode.ShouldBe(2, error);
        error.ShouldContain("another controller uses it");
    }
}
