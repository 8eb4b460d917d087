using System.Collections.Immutable;
using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Days;

/// <summary>Plays a trace under every policy, promise and fleet size, and reports means over seeds.</summary>
/// <param name="server">One server of the fleet.</param>
/// <param name="trace">The load.</param>
/// <param name="options">What to compare.</param>
public sealed class DayStudy(SurfaceServer server, Trace trace, DayOptions options)
{
    private const int MostParts = 288;
    private static readonly ImmutableArray<string> Seeded = ["bayop-hourly", "fleet", "spread-tuned"];
    private static readonly ImmutableArray<string> Pooled = ["fleet", "spread-tuned"];
    private readonly double _peak = options.PeakQps > 0 ? options.PeakQps : server.Surface.Loads[^1];

    /// <summary>What makes the study impossible; empty when it can run.</summary>
    public ImmutableArray<string> Problems()
    {
        var problems = new List<string>();
        foreach (double slaUs in options.SlasUs)
        {
            double least = server.Settings.Min(s => server.Surface.Loads.Min(q => server.PercentileUs(s, q)));
            if (least > slaUs)
            {
                problems.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"--sla {slaUs:0.##}: no setting meets it at any load; the lowest p{options.Percentile:0.##} is {least:0.#} µs: raise the SLA"));
            }
        }

        if (options.Policies.Intersect(["default", "consolidate-default"]).Any() && !server.Knows(Setting.Default))
        {
            problems.Add("--policies default: the surface has no row without knob values, so the kernel default is unknown; leave it out");
        }

        return [.. problems];
    }

    /// <summary>Plays everything. Runs of different seeds share the machine's processors; the result does not depend on their number.</summary>
    /// <param name="serverName">File of the surface, or name of the model.</param>
    /// <param name="traceName">File of the trace.</param>
    /// <param name="progress">Told the share that is done, 0 to 1; may be called from several threads.</param>
    public DayReport Run(string serverName, string traceName, Action<double>? progress = null)
    {
        string[] played = [.. options.Policies.Union(server.Knows(Setting.Default) ? ["default", "oracle"] : ["oracle"])];
        string Replay(Job job, int size, ulong seed) => string.Create(
            CultureInfo.InvariantCulture,
            $"fleet simulate --trace {traceName} with {serverName} --nodes {size} --sla {job.SlaUs} --policies {job.Policy} "
                + $"--seed {seed}, other options alike");
        Job[] jobs =
        [
            .. from slaUs in options.SlasUs
               from nodes in options.Nodes
               from name in played
               from run in Enumerable.Range(0, Seeded.Contains(name) ? options.Runs : 1)
               from pool in Enumerable.Range(0, Pooled.Contains(name) ? Pools(nodes) : 1)
               select new Job(name, slaUs, nodes, run, pool),
        ];
        var ledgers = new DayLedger[jobs.Length];
        int done = 0;
        Parallel.For(0, jobs.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            ledgers[i] = Play(jobs[i], Replay);
            progress?.Invoke((double)Interlocked.Increment(ref done) / jobs.Length);
        });
        ILookup<(string, double, int), DayResult> plays = jobs.Zip(ledgers)
            .GroupBy(p => (p.First.Policy, p.First.SlaUs, p.First.Nodes, p.First.Run))
            .ToLookup(g => (g.Key.Policy, g.Key.SlaUs, g.Key.Nodes), g => Together([.. g.Select(p => p.Second)]));
        ImmutableArray<PolicyRow> rows =
        [
            .. from slaUs in options.SlasUs
               from nodes in options.Nodes
               from name in options.Policies
               select Row(plays, name, slaUs, nodes),
        ];
        return new DayReport(
            traceName, serverName, Math.Round(trace.Seconds / 3600, 4), _peak, options.Seed, options.Percentile, server.ParkedWatts, rows, Notes(),
            [.. rows.Select(r => new PolicyCourse(r.Name, r.SlaUs, r.Nodes, plays[(r.Name, r.SlaUs, r.Nodes)].First().Points))]);
    }

    private static DayResult Together(DayLedger[] pools)
    {
        foreach (DayLedger other in pools.Skip(1))
        {
            pools[0].Add(other);
        }

        return pools[0].Close();
    }

    private int Pools(int nodes) => (nodes + options.PoolSize - 1) / options.PoolSize;

    private DayLedger Play(Job job, Func<Job, int, ulong, string> replay)
    {
        int parts = trace.Values.Length * Math.Max(1, MostParts / trace.Values.Length);
        var ledger = new DayLedger(job.SlaUs, options.Percentile, trace.Seconds, parts);
        ImmutableArray<double> qps = [.. trace.Qps(_peak).Select(q => q * job.Nodes)];
        var fixedPolicies = new FixedPolicies(server, qps, trace.SlotSeconds, job.SlaUs, server.ParkedWatts);
        ulong seed = options.Seed + (ulong)job.Run;
        switch (job.Policy)
        {
            case "default": fixedPolicies.Even(ledger, job.Nodes, Setting.Default); break;
            case "best-static": fixedPolicies.Even(ledger, job.Nodes, fixedPolicies.BestStatic(job.Nodes)); break;
            case "oracle": fixedPolicies.Oracle(ledger, job.Nodes); break;
            case "consolidate-default": fixedPolicies.ConsolidateDefault(ledger, job.Nodes); break;
            case "bayop-hourly":
                for (int node = 0; node < job.Nodes; node++)
                {
                    HourlySearch.Play(
                        ledger, server, [.. qps.Select(q => q / job.Nodes)], trace.SlotSeconds, job.SlaUs, seed + ((ulong)node << 20));
                }

                break;
            default:
                PoolControlOptions control = options.Control;
                LoadBalance balance = job.Policy == "fleet" ? LoadBalance.Replicated : LoadBalance.Declared;
                int pools = Pools(job.Nodes);
                int size = (job.Nodes / pools) + (job.Pool < job.Nodes % pools ? 1 : 0);
                PoolDay.Play(
                    ledger, server, [.. qps.Select(q => q / job.Nodes * size)], trace.SlotSeconds, new Sla(options.Percentile, job.SlaUs), size,
                    seed + ((ulong)job.Pool << 32), balance, control, replay(job, size, seed + ((ulong)job.Pool << 32)));
                break;
        }

        return ledger;
    }

    private PolicyRow Row(ILookup<(string, double, int), DayResult> plays, string name, double slaUs, int nodes)
    {
        DayResult[] runs = [.. plays[(name, slaUs, nodes)]];
        double joules = runs.Average(r => r.Joules);
        double? atDefault = plays[("default", slaUs, nodes)].FirstOrDefault()?.Joules;
        return new PolicyRow(
            name,
            slaUs,
            nodes,
            runs.Length,
            Math.Round(joules, 1),
            Math.Round(joules / plays[("oracle", slaUs, nodes)].First().Joules, 5),
            atDefault is { } d ? Math.Round(1 - (joules / d), 5) : 0,
            Math.Round(runs.Average(r => r.OverSeconds / Math.Max(r.ServingSeconds, 1e-9)), 6),
            Math.Round(runs.Average(r => r.OverRequests / Math.Max(r.Requests, 1e-9)), 6),
            Math.Round(runs.Average(r => r.Trials), 2),
            Math.Round(runs.Average(r => r.ActiveSeconds / trace.Seconds), 3));
    }

    private ImmutableArray<string> Notes()
    {
        var notes = new List<string>
        {
            "Energy and broken promises are the server's own values at the slot's load, not noisy measurements; policies that search see noise.",
        };
        ImmutableArray<double> each = trace.Qps(_peak);
        (double low, double high) = (server.Surface.Loads[0], server.Surface.Loads[^1]);
        int below = each.Count(q => q < low), above = each.Count(q => q > high);
        if (below + above > 0)
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{below} of {each.Length} slots are below the lowest load of the surface ({low:0} requests/s) and {above} above the highest "
                    + $"({high:0}) with an even spread: the nearest load's values stand for them."));
        }

        foreach (double slaUs in options.SlasUs)
        {
            var policies = new FixedPolicies(server, each, trace.SlotSeconds, slaUs, server.ParkedWatts);
            double capacity = policies.Capacity(policies.Best);
            double[] over = [.. each.Where(q => q > capacity)];
            if (over.Length > 0)
            {
                notes.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Overload under {slaUs:0.##} µs: a server carries {capacity:0} requests/s at most; {over.Length} slots offer more, up to "
                        + $"{over.Max() - capacity:0} requests/s a server too much."));
            }
        }

        foreach (int nodes in options.Nodes.Where(n => Pools(n) > 1))
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{nodes} servers are {Pools(nodes)} pools of at most {options.PoolSize} (--pool-size), each with its share of the load and "
                    + $"a control of its own for the policies {string.Join(" and ", Pooled)}."));
        }

        if (options.Nodes.Any(n => n > 1))
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture, $"A parked server draws {server.ParkedWatts:0.##} W (--parked-watts); the surface does not say."));
        }

        return [.. notes];
    }

    private sealed record Job(string Policy, double SlaUs, int Nodes, int Run, int Pool);
}
