using System.CommandLine;
using System.Globalization;
using Fleet.Hosting.Errors;
using Fleet.Lab.Load;
using Spectre.Console;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet load</c>: open-loop load with latency from when each request was due.</summary>
internal static class LoadCommand
{
    private static readonly Option<string> Target = new("--target")
    {
        Description = "memcached or proxy to load, HOST:PORT", HelpName = "HOST:PORT", Required = true,
    };

    private static readonly Option<double> Qps = new("--qps")
    {
        Description = "offered requests per second (Poisson arrivals), 1 to 1000000", DefaultValueFactory = _ => 10_000,
    };

    private static readonly Option<double> Duration = new("--duration")
    {
        Description = "seconds of load after the preload, from 0.01", DefaultValueFactory = _ => 10,
    };

    private static readonly Option<int> Connections = new("--connections")
    {
        Description = "client connections, 1 to 1024", DefaultValueFactory = _ => 16,
    };

    private static readonly Option<int> Keys = new("--keys")
    {
        Description = "distinct keys with ETC sizes, 1 to 1000000", DefaultValueFactory = _ => 10_000,
    };

    private static readonly Option<double> SetRatio = new("--set-ratio")
    {
        Description = "share of stores, 0 to 1", DefaultValueFactory = _ => 0.03,
    };

    private static readonly Option<double?> Zipf = new("--zipf")
    {
        Description = "key popularity falls as rank^-EXPONENT, 0.01 to 5 (default: uniform)", HelpName = "EXPONENT",
    };

    private static readonly Option<int> TimeoutMs = new("--timeout-ms")
    {
        Description = "a request fails without an answer for longer, 10 to 60000", DefaultValueFactory = _ => 1000,
    };

    private static readonly Option<int> Seed = new("--seed")
    {
        Description = "same seed, same load", DefaultValueFactory = _ => 1,
    };

    private static readonly Option<bool> NoPreload = new("--no-preload") { Description = "do not store the keys first" };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("load", "Load a memcached or a proxy: open loop, ETC sizes, values checked.")
        {
            Target, Qps, Duration, Connections, Keys, SetRatio, Zipf, TimeoutMs, Seed, NoPreload, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        LoadOptions options = OptionsOf(parsed);
        using var generator = new LoadGenerator(options, TimeProvider.System);
        LoadWindow total = Console.IsErrorRedirected
            ? await generator.RunAsync(null, cancellation)
            : await RunWithBar(generator, cancellation);
        LoadResult result = LoadResult.Of(options, total);
        TextWriter output = parsed.InvocationConfiguration.Output;
        output.WriteLine(parsed.GetValue(Json) ? result.ToJson() : TextOf(result));
        return result.Failed + result.Unsent > 0 ? ExitCode.Failed : ExitCode.Ok;
    }

    private static LoadOptions OptionsOf(ParseResult parsed)
    {
        string target = parsed.GetRequiredValue(Target);
        int colon = target.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(target.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port))
        {
            throw new StartupException($"--target is '{target}'; give HOST:PORT, for example 127.0.0.1:11211");
        }

        double? zipf = parsed.GetValue(Zipf);
        return new LoadOptions
        {
            Host = target[..colon].Trim('[', ']'),
            Port = port,
            Qps = parsed.GetValue(Qps),
            Duration = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(Duration), 0, 1e9)),
            Connections = parsed.GetValue(Connections),
            Keys = parsed.GetValue(Keys),
            SetRatio = parsed.GetValue(SetRatio),
            Popularity = zipf is null ? KeyPopularity.Uniform : KeyPopularity.Zipf,
            ZipfExponent = zipf ?? 0.99,
            RequestTimeout = TimeSpan.FromMilliseconds(parsed.GetValue(TimeoutMs)),
            Seed = parsed.GetValue(Seed),
            Preload = !parsed.GetValue(NoPreload),
        };
    }

    private static async Task<LoadWindow> RunWithBar(LoadGenerator generator, CancellationToken cancellation)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true).StartAsync(async context =>
        {
            ProgressTask preload = context.AddTask("preload", maxValue: 1);
            ProgressTask load = context.AddTask("load", maxValue: generator.Options.Duration?.TotalSeconds ?? double.MaxValue);
            return await generator.RunAsync(new Bar(preload, load), cancellation);
        });
    }

    private static string TextOf(LoadResult r)
    {
        LatencySummary? l = r.LatencyUs;
        string latency = l is null
            ? "latency  nothing ended well"
            : Text($"latency  p50 {l.P50:0} us, p90 {l.P90:0} us, p99 {l.P99:0} us, p99.9 {l.P999:0} us, max {l.Max:0} us (from when due)");
        return string.Join(
            Environment.NewLine,
            Text($"target   {r.Target}, {r.Connections} connections, {r.Keys} keys, seed {r.Seed}"),
            Text($"load     {r.Requests} requests in {r.DurationSeconds:0.0} s: {r.Qps:0} of {r.OfferedQps:0} per second"),
            Text($"answers  {r.Hits} hits, {r.Misses} misses, {r.Stores} stores"),
            latency,
            Text($"errors   {r.Failed}: {r.Errors.Connection} connection, {r.Errors.Server} server, {r.Errors.Timeout} time-out, ")
                + Text($"{r.Errors.Mismatch} wrong value; {r.Unsent} not sent"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Bar(ProgressTask preload, ProgressTask load) : IProgress<LoadSnapshot>
    {
        public void Report(LoadSnapshot value)
        {
            preload.Value = value.PreloadRatio;
            load.Value = value.Elapsed.TotalSeconds;
            if (value.Last.Succeeded > 0)
            {
                load.Description = Text($"load {value.Last.Qps:0}/s p99 {value.Last.Latency.PercentileUs(99):0} us, {value.Failed} failed");
            }
        }
    }
}
