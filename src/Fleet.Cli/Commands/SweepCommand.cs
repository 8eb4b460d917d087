using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.Grpc.Client;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Security;
using Fleet.Lab.Sweeps;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet sweep</c>: a static grid of settings on the lab or a real node, in the surface format.</summary>
internal static class SweepCommand
{
    private static readonly SweepOptions Defaults = new();
    private static readonly string[] Workloads = [SweepReport.Memcached, SweepReport.NetPipe];

    private static readonly Option<string> Workload = new("--workload")
    {
        Description = "memcached: requests under open-loop load; netpipe: messages there and back between two lab namespaces",
        HelpName = "NAME",
        DefaultValueFactory = _ => SweepReport.Memcached,
    };

    private static readonly Option<string> Qps = new("--qps")
    {
        Description = "memcached: loads, requests/s, with commas", HelpName = "QPS,…", DefaultValueFactory = _ => "10000",
    };

    private static readonly Option<string> Sizes = new("--sizes")
    {
        Description = "netpipe: message sizes, bytes, with commas",
        HelpName = "BYTES,…",
        DefaultValueFactory = _ => string.Join(',', Defaults.MessageBytes),
    };

    private static readonly Option<string[]> Knob = new("--knob")
    {
        Description = "values to try of one knob (default: every legal value; the sender's of netpipe: none); may be repeated",
        HelpName = "NAME=V,…",
    };

    private static readonly Option<double> Window = new("--window")
    {
        Description = "seconds of one measurement, 1 to 600", DefaultValueFactory = _ => Defaults.Window.TotalSeconds,
    };

    private static readonly Option<int> Repeats = new("--repeats")
    {
        Description = "measurements of each cell, 1 to 100", DefaultValueFactory = _ => Defaults.Repeats,
    };

    private static readonly Option<int> Seed = new("--seed") { Description = "seed of the load", DefaultValueFactory = _ => Defaults.Seed };

    private static readonly Option<string> Agent = new("--agent")
    {
        Description = "sweep a real node instead of the lab: its agent (with --target)", HelpName = "ADDRESS",
    };

    private static readonly Option<string> Target = new("--target")
    {
        Description = "memcached of that node", HelpName = "HOST:PORT",
    };

    private static readonly Option<string> Certificate = Pem("--tls-cert", "certificate to show to the agent (PEM)");
    private static readonly Option<string> Key = Pem("--tls-key", "its private key (PEM)");
    private static readonly Option<string> Authority = Pem("--tls-ca", "authority that signed the agent's certificate (PEM)");

    private static readonly Option<string> Out = new("--out")
    {
        Description = "write the CSV here instead of standard output", HelpName = "FILE.csv",
    };

    private static readonly Option<string> Json = new("--json")
    {
        Description = "write everything as JSON, which 'fleet plot' draws again", HelpName = "FILE.json",
    };

    private static readonly Option<string> Report = new("--report") { Description = "write the pictures to a page", HelpName = "FILE.html" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "sweep",
            "Measure a static grid of settings on the lab or a real node; the CSV feeds 'fleet bench optimizer' and 'fleet simulate'.")
        {
            Workload, Qps, Sizes, Knob, Window, Repeats, Seed, Agent, Target, Certificate, Key, Authority, Out, Json, Report,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var problems = new List<string>();
        SweepOptions options = Options(parsed, problems);
        RealNode? node = Node(parsed, problems);
        foreach (string file in new[] { parsed.GetValue(Out), parsed.GetValue(Json), parsed.GetValue(Report) }.OfType<string>())
        {
            problems.AddRange(OutputFiles.Problems(file));
        }

        StartupException.ThrowIfAny(problems);
        using var progress = new ProgressLine(parsed.InvocationConfiguration.Error, "sweeping");
        SweepReport report = await RunAsync(parsed, options, node, progress.Set, cancellation);
        progress.Dispose();
        await WriteAsync(parsed, report, cancellation);
        return ExitCode.Ok;
    }

    private static async Task<SweepReport> RunAsync(
        ParseResult parsed, SweepOptions options, RealNode? node, Action<double> progress, CancellationToken cancellation)
    {
        if (parsed.GetValue(Workload) == SweepReport.NetPipe)
        {
            return await new NetPipeSweep(options, TimeProvider.System).RunAsync(progress, cancellation);
        }

        var sweep = new MemcachedSweep(options, TimeProvider.System);
        if (node is null)
        {
            return await sweep.RunOnLabAsync(progress, cancellation);
        }

        using FleetChannel channel = AdminClient.Dial("agent", node.Agent);
        var target = new SweepTarget(node.Agent.Controller, new AgentService.AgentServiceClient(channel), node.Host, node.Port);
        return await sweep.RunAsync(target, $"{node.Host}:{node.Port}", progress, cancellation);
    }

    private static async Task WriteAsync(ParseResult parsed, SweepReport report, CancellationToken cancellation)
    {
        if (parsed.GetValue(Out) is { } file)
        {
            await File.WriteAllTextAsync(file, report.Csv(), cancellation);
        }
        else
        {
            await parsed.InvocationConfiguration.Output.WriteAsync(report.Csv());
        }

        if (parsed.GetValue(Json) is { } json)
        {
            await File.WriteAllTextAsync(json, report.ToJson() + "\n", cancellation);
        }

        if (parsed.GetValue(Report) is { } page)
        {
            await File.WriteAllTextAsync(page, SweepPage.Of(report), cancellation);
        }
    }

    private static SweepOptions Options(ParseResult parsed, List<string> problems)
    {
        string workload = parsed.GetValue(Workload)!;
        if (!Workloads.Contains(workload))
        {
            problems.Add($"--workload {workload}: unknown{NearestName.Suggestion(workload, Workloads)}; known: {string.Join(", ", Workloads)}");
        }

        ImmutableArray<double> loads = CsvInput.Numbers("--qps", parsed.GetValue(Qps)!, problems);
        ImmutableArray<double> sizes = CsvInput.Numbers("--sizes", parsed.GetValue(Sizes)!, problems);
        (double window, int repeats) = (parsed.GetValue(Window), parsed.GetValue(Repeats));
        problems.AddRange(loads.Where(q => q is < 100 or > 200_000).Select(q => Text($"--qps {q:0.###}: expected 100 to 200000")));
        problems.AddRange(sizes.Where(s => s is < 1 or > 8_388_608 || s != Math.Floor(s)).Select(s =>
            Text($"--sizes {s:0.###}: expected whole numbers from 1 to 8388608")));
        if (window is not (>= 1 and <= 600))
        {
            problems.Add(Text($"--window {window:0.###}: expected 1 to 600 seconds"));
        }

        if (repeats is < 1 or > 100)
        {
            problems.Add(Text($"--repeats {repeats}: expected 1 to 100"));
        }

        return new SweepOptions
        {
            Loads = [.. loads.Distinct()],
            MessageBytes = [.. sizes.Distinct().Where(s => s is >= 1 and <= 8_388_608).Select(s => (int)s)],
            Knobs = Knobs(parsed.GetValue(Knob) ?? [], problems),
            Window = TimeSpan.FromSeconds(Math.Clamp(window, 1, 600)),
            Repeats = repeats,
            Seed = parsed.GetValue(Seed),
        };
    }

    private static ImmutableDictionary<string, ImmutableArray<long>> Knobs(string[] texts, List<string> problems)
    {
        var knobs = ImmutableDictionary.CreateBuilder<string, ImmutableArray<long>>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            string[] halves = text.Split('=', 2);
            long[] values = halves.Length < 2 ? [] : [.. halves[1].Split(',')
                .Select(v => long.TryParse(v, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long n) ? n : long.MinValue)];
            if (halves[0].Length == 0 || values.Length == 0 || values.Contains(long.MinValue))
            {
                problems.Add($"--knob {text}: expected NAME=V,… with whole numbers");
            }
            else
            {
                knobs[halves[0]] = [.. values.Distinct()];
            }
        }

        return knobs.ToImmutable();
    }

    private static RealNode? Node(ParseResult parsed, List<string> problems)
    {
        (string? agent, string? target) = (parsed.GetValue(Agent), parsed.GetValue(Target));
        if (agent is null && target is null)
        {
            return null;
        }

        if (agent is null || target is null)
        {
            problems.Add("--agent and --target go together: the agent sets the knobs, the target takes the load");
            return null;
        }

        if (parsed.GetValue(Workload) == SweepReport.NetPipe)
        {
            problems.Add("--agent: NetPIPE's two ends are started anew for each cell, which only the lab does; leave --agent and --target out");
            return null;
        }

        var tls = TlsFiles.From(parsed.GetValue(Certificate), parsed.GetValue(Key), parsed.GetValue(Authority), problems);
        int colon = target.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(target.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port))
        {
            problems.Add($"--target is '{target}'; give HOST:PORT, for example 127.0.0.1:11211");
            return null;
        }

        return new RealNode(new Connection(agent, tls), target[..colon].Trim('[', ']'), port);
    }

    private static Option<string> Pem(string name, string description) => new(name) { Description = description, HelpName = "FILE" };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record RealNode(Connection Agent, string Host, int Port);
}
