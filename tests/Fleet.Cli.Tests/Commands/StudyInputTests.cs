using System.Text.Json;
using Fleet.Testing;

namespace Fleet.Cli.Tests.Commands;

/// <summary>What the commands of a study say about wrong input, and what they write.</summary>
public sealed class StudyInputTests : IDisposable
{
    private const string Surface = "qps,delay,watts,p99_us\n100,,9,100\n100,10,8,200\n100,20,7,400\n200,,12,120\n200,10,10,220\n200,20,8,450\n";
    private const string Trace = "hour,rate\n0,50\n1,100\n2,75\n";
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "line 1: no header")]
    [InlineData("# a comment only\n", "line 1: no header")]
    [InlineData("hour,rate\n", "line 1: a trace needs at least two rows; it has 0")]
    [InlineData("hour,rate\n0,5\n", "line 2: a trace needs at least two rows; it has 1")]
    [InlineData("hour,rate\n0,5\n1,-5\n2,5\n3,-1\n", "line 3: rate is \"-5\"; expected a number of at least 0|line 5: rate is \"-1\"")]
    [InlineData("hour,rate\n0,5\n1,\n2,5\n", "line 3: rate is missing; a trace has no gaps")]
    [InlineData("hour,rate\n0,5\n1,5\n3,5\n4,5\n", "line 4: hour 3 follows 1: a gap; the other rows are 1 apart")]
    [InlineData("hour,rate\n0,5\n1,NaN\n2,Infinity\n", "line 3: rate is \"NaN\"|line 4: rate is \"Infinity\"")]
    [InlineData("hour,rate\n0,5\nNaN,5\n2,5\n", "line 3: hour is \"NaN\"; expected a number")]
    [InlineData("hour,rate\n0,5\n2,5\n1,5\n", "line 4: hour 1 follows 2; times must ascend")]
    [InlineData("hour,rate\n0,5\n1,5\n1,5\n", "line 4: hour 1 follows 1; times must ascend")]
    [InlineData("when,rate\n0,5\n1,5\n", "line 1: no column hour or seconds; the header has when, rate")]
    [InlineData("hour,x\n0,5\n1,5\n", "line 1: no column of loads")]
    [InlineData("hour,fraction\n0,0.5\n1,1.5\n", "line 3: fraction is 1.5; a fraction is at most 1")]
    [InlineData("hour,rate\n0,5\n1,5,9\n2,5\n", "line 3: 3 fields, but the header has 2")]
    [InlineData("hour,rate\n0,0\n1,0\n", "line 2: every load is 0")]
    public async Task Every_problem_of_a_trace_is_told_with_its_line_and_the_next_step(string trace, string problems)
    {
        string file = Write("trace.csv", trace);
        string error = await Refused("simulate", "--trace", file, "--surface", Write("surface.csv", Surface));
        foreach (string problem in problems.Split('|'))
        {
            error.ShouldContain($"{file}, {problem}");
        }

        error.ShouldContain("mend these lines or cut them out; a trace is a header with hour or seconds");
    }

    [Theory]
    [InlineData("", "line 1: no header; expected qps,")]
    [InlineData("qps,delay,watts\n100,1,5\n", "line 1: column p99_us is missing; the header has qps, delay, watts")]
    [InlineData("qps,delay,watts,p99_us\n", "line 1: no row after the header")]
    [InlineData("qps,delay,watts,p99_us\n100,1,NaN,5\n-1,1,5,5\n", "line 2: watts is \"NaN\"|line 3: qps is \"-1\"")]
    [InlineData("qps,a,b,watts,p99_us\n100,1,,5,5\n", "line 2: some knobs are empty")]
    public async Task Every_problem_of_a_surface_is_told_with_its_line(string surface, string problems)
    {
        string file = Write("surface.csv", surface);
        foreach (string[] command in (string[][])
            [["simulate", "--trace", Write("trace.csv", Trace), "--surface", file], ["bench", "optimizer", "--sla", "500", "--surface", file]])
        {
            string error = await Refused(command);
            problems.Split('|').ShouldAllBe(p => error.Contains($"{file}, {p}"));
        }
    }

    [Theory]
    [InlineData("", "what a server is like is missing; give --surface FILE.csv (from 'fleet sweep') or --model")]
    [InlineData("--surface S --model memcached-e5-2690", "--surface and --model are both given")]
    [InlineData("--model memcached-e5", "--model memcached-e5: unknown model; did you mean memcached-e5-2690?")]
    [InlineData("--surface nowhere.csv", "--surface nowhere.csv: no such file")]
    [InlineData("--surface S --nodes 0", "--nodes 0: expected numbers above 0")]
    [InlineData("--surface S --nodes 1.5", "--nodes 1.5: expected whole numbers from 1 to 100000")]
    [InlineData("--surface S --policies flet", "--policies flet: unknown policy; did you mean fleet?")]
    [InlineData("--surface S --policies oracle,defalt", "--policies defalt: unknown policy; did you mean default?")]
    [InlineData("--surface S --sla 0", "--sla 0: expected numbers above 0")]
    [InlineData("--surface S --sla 50", "--sla 50: no setting meets it at any load; the lowest p99 is 100")]
    [InlineData("--surface S --peak-qps -1", "--peak-qps -1: expected more than 0")]
    [InlineData("--surface S --runs 0 --seed -1", "--runs 0: expected 1 to 1000|--seed -1: expected 0 or more")]
    [InlineData("--surface S --hours -1", "--hours -1: expected more than 0")]
    [InlineData("--surface S --trace-column load", "no column load; the header has hour, rate")]
    [InlineData("--surface S --report nowhere/day.html", "nowhere/day.html: the folder")]
    public async Task Impossible_options_of_a_day_are_named(string options, string problems)
    {
        string surface = Write("surface.csv", Surface);
        string[] words = [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w == "S" ? surface : w)];
        string error = await Refused(["simulate", "--trace", Write("trace.csv", Trace), .. words]);
        problems.Split('|').ShouldAllBe(p => error.Contains(p));
    }

    [Fact]
    public async Task Load_outside_the_surface_uses_the_nearest_load_and_the_report_says_so()
    {
        string page = _folder.File("day.html");
        (int exitCode, string output, string error) = await FleetProcess.RunAsync(
            "simulate", "--trace", Write("trace.csv", Trace), "--surface", Write("surface.csv", Surface), "--peak-qps", "300",
            "--policies", "default,best-static,oracle", "--report", page);
        exitCode.ShouldBe(0, error);
        error.ShouldBeEmpty();
        output.ShouldNotContain("\u001b");
        output.ShouldNotContain("\r");
        output.ShouldContain("best-static");
        output.ShouldContain("2 above the highest (200) with an even spread: the nearest load's values stand for them.");
        (await File.ReadAllTextAsync(page, Ct)).ShouldContain("the nearest load&#39;s values stand for them");
    }

    [Fact]
    public async Task Plot_draws_the_page_of_a_day_again()
    {
        string page = _folder.File("first.html");
        (int exitCode, string output, string error) = await FleetProcess.RunAsync(
            "simulate", "--trace", Write("trace.csv", Trace), "--surface", Write("surface.csv", Surface), "--policies", "default,oracle",
            "--nodes", "1,3", "--json", "--report", page);
        exitCode.ShouldBe(0, error);
        error.ShouldBeEmpty();
        string again = await PlotAsync(output);
        again.ShouldBe(await File.ReadAllTextAsync(page, Ct));
        again.ShouldContain("Active servers");
    }

    [Fact]
    public async Task Plot_draws_every_benchmark()
    {
        string surface = Write("surface.csv", Surface);
        string published = Write("published.csv", "qps,rx_usecs,cpu_mhz,watts,p99_us\n200000,2,2900,70,100\n200000,100,1300,55,200\n");
        foreach ((string[] command, string drawn) in new (string[], string)[]
        {
            (["bench", "optimizer", "--surface", surface, "--sla", "500", "--runs", "2", "--json"], "finalOverBest"),
            (["bench", "model", "--surface", published, "--json"], "wattsError"),
            (["bench", "functions", "--functions", "hartmann6", "--runs", "1", "--score-runs", "1", "--json"], "scoreAt15"),
        })
        {
            (int exitCode, string output, string error) = await FleetProcess.RunAsync(command);
            exitCode.ShouldBe(0, error);
            string page = await PlotAsync(output);
            page.ShouldContain(drawn);
            page.ShouldContain("<svg");
        }
    }

    [Theory]
    [InlineData("{ \"policies\": ", "is not JSON: line 1, position")]
    [InlineData("", "is not JSON")]
    [InlineData("[1, 2]", "holds array; expected what 'fleet simulate --json'")]
    [InlineData("{ \"a\": 1 }", "holds an object with a; expected what 'fleet simulate --json'")]
    [InlineData("{ \"courses\": [], \"policies\": [] }", "holds no policies and courses")]
    [InlineData("{ \"schema\": \"fleet-sweep/9\" }", "has the schema \"fleet-sweep/9\", which this version does not draw")]
    [InlineData("{ \"schema\": \"fleet-sweep/1\" }", "is damaged: a part of the report is missing")]
    [InlineData("{ \"schema\": \"fleet-demo/1\", \"load\": 3 }", "is damaged")]
    public async Task Plot_says_what_is_wrong_with_a_file(string json, string problem)
    {
        string file = Write("bad.json", json);
        string error = await Refused("plot", file);
        error.ShouldContain($"{file} {problem}");
        File.Exists(_folder.File("bad.html")).ShouldBeFalse();
    }

    [Fact]
    public async Task Plot_of_a_file_that_is_not_there_says_how_to_make_one() =>
        (await Refused("plot", "nowhere.json")).ShouldContain("nowhere.json: no such file; make one with 'fleet simulate");

    [Theory]
    [InlineData("--workload netpip", "--workload netpip: unknown; did you mean netpipe?")]
    [InlineData("--workload netpipe --sizes 0", "--sizes 0: expected numbers above 0")]
    [InlineData("--workload netpipe --sizes 9000000,1.5", "--sizes 9000000: expected whole numbers from 1 to 8388608|--sizes 1.5: expected")]
    [InlineData("--qps 5", "--qps 5: expected 100 to 200000")]
    [InlineData("--window 0.1 --repeats 0", "--window 0.1: expected 1 to 600 seconds|--repeats 0: expected 1 to 100")]
    [InlineData("--knob napi", "--knob napi: expected NAME=V")]
    [InlineData("--agent 127.0.0.1:1", "--agent and --target go together")]
    [InlineData("--agent 127.0.0.1:1 --target nowhere", "--target is 'nowhere'; give HOST:PORT")]
    [InlineData("--agent 127.0.0.1:1 --target 127.0.0.1:1", "--agent 127.0.0.1:1: nothing answers there")]
    [InlineData("--agent nowhere --target 127.0.0.1:1", "agent address 'nowhere'")]
    [InlineData("--workload netpipe --agent 127.0.0.1:1 --target 127.0.0.1:1", "which only the lab does")]
    [InlineData("--out nowhere/surface.csv", "nowhere/surface.csv: the folder")]
    public async Task Impossible_options_of_a_sweep_are_named_before_anything_starts(string options, string problems)
    {
        string error = await Refused(["sweep", .. options.Split(' ')]);
        problems.Split('|').ShouldAllBe(p => error.Contains(p));
    }

    private static async Task<string> Refused(params string[] command)
    {
        (int exitCode, string output, string error) = await FleetProcess.RunAsync(command);
        exitCode.ShouldBe(2, error + output);
        output.ShouldBeEmpty();
        error.ShouldStartWith("fleet: ");
        error.ShouldNotContain("   at ");
        return error;
    }

    private async Task<string> PlotAsync(string json)
    {
        string file = Write("report.json", json);
        (int exitCode, string output, string error) = await FleetProcess.RunAsync("plot", file);
        exitCode.ShouldBe(0, error);
        output.Trim().ShouldBe(_folder.File("report.html"));
        using var document = JsonDocument.Parse(json);
        return await File.ReadAllTextAsync(_folder.File("report.html"), Ct);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
