using System.CommandLine;
using System.Globalization;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet plan</c>: what a change of membership or promise would do, without doing it.</summary>
internal static class PlanCommand
{
    private static readonly Argument<string> PoolId = new("POOL") { Description = "the pool" };
    private static readonly Option<double?> SlaUs = new("--sla-us") { Description = "promised latency, 10 to 60000000 microseconds" };
    private static readonly Option<double?> Percentile = new("--percentile") { Description = "share of requests within it, 50 to 99.99" };
    private static readonly Option<string[]> Add = new("--add")
    {
        Description = "a node that would join, as NODE=HOST:PORT", HelpName = "NODE=HOST:PORT",
    };

    private static readonly Option<string[]> Remove = new("--remove") { Description = "a node that would leave", HelpName = "NODE" };
    private static readonly Option<string[]> Weight = new("--weight")
    {
        Description = "a node's weight as it would be, 1 to 1000000", HelpName = "NODE=WEIGHT",
    };

    private static readonly Option<double> Qps = new("--qps") { Description = "load to plan for, requests per second (default: the present load)" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("plan", "Shows what a change would move, and the power and latency to expect; changes nothing.")
        {
            PoolId, SlaUs, Percentile, Add, Remove, Weight, Qps,
        };
        AdminClient.AddAddress(command);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        var request = new PlanRequest { PoolId = parsed.GetValue(PoolId), RequestsPerSecond = parsed.GetValue(Qps) };
        request.RemoveNodes.AddRange(parsed.GetValue(Remove) ?? []);
        request.AddNodes.AddRange(Pairs(parsed.GetValue(Add), "--add", "NODE=HOST:PORT").Select(p => new NodeSpec
        {
            NodeId = p.Name, Address = p.Value, Agent = "unix:/planned",
        }));
        foreach ((string name, string value) in Pairs(parsed.GetValue(Weight), "--weight", "NODE=WEIGHT"))
        {
            request.Weights[name] = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint weight) ? weight
                : throw new StartupException($"--weight {name} is '{value}': legal is 1 to 1000000");
        }

        if (parsed.GetValue(SlaUs) is not null || parsed.GetValue(Percentile) is not null)
        {
            Pool present = await admin.GetPoolAsync(new GetPoolRequest { PoolId = request.PoolId }, cancellationToken: ct);
            request.Sla = new Sla
            {
                LatencyUs = parsed.GetValue(SlaUs) ?? present.Spec.Sla.LatencyUs,
                Percentile = parsed.GetValue(Percentile) ?? present.Spec.Sla.Percentile,
            };
        }

        PlanResponse plan = await admin.PlanAsync(request, cancellationToken: ct);
        OutputFormat.Write(parsed, plan, output => Show(output, plan));
    }

    private static void Show(TextWriter output, PlanResponse plan)
    {
        InsightTables.Plan(plan.Nodes).Write(output);
        output.WriteLine();
        string watts = InsightTables.Arrow(plan.HasPresentWatts, plan.PresentWatts, plan.HasPredictedWatts, plan.PredictedWatts, 2);
        string tail = InsightTables.Arrow(
            plan.HasPresentPercentileUs, plan.PresentPercentileUs, plan.HasPredictedPercentileUs, plan.PredictedPercentileUs, 0);
        Figures.Fields(
            output,
            ("load", $"{Figures.Number(plan.RequestsPerSecond)} req/s"),
            ("keys moved", Figures.Percent(plan.MovedKeysShare)),
            ("watts", watts),
            ("slowest us", tail));
        foreach ((string step, int i) in plan.Steps.Select((s, i) => (s, i)))
        {
            Figures.Fields(output, ($"step {i + 1}", step));
        }

        foreach (string warning in plan.Warnings)
        {
            Figures.Fields(output, ("warning", warning));
        }
    }

    private static IEnumerable<(string Name, string Value)> Pairs(string[]? texts, string option, string form)
    {
        foreach (string text in texts ?? [])
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            yield return equals > 0 ? (text[..equals], text[(equals + 1)..])
                : throw new StartupException($"{option} is '{text}': legal is {form}");
        }
    }
}
