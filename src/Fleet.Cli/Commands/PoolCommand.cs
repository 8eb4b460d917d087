using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.Core.Search;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet pool</c>: creates, changes, deletes and shows pools.</summary>
internal static class PoolCommand
{
    private static readonly Argument<string> PoolId = new("POOL") { Description = "1 to 63 of a-z, 0-9 and '-', starting with a letter" };
    private static readonly Option<string?> Listen = new("--listen")
    {
        Description = "where the proxies listen", HelpName = "ADDRESS:PORT",
    };

    private static readonly Option<double?> SlaUs = new("--sla-us") { Description = "promised latency, 10 to 60000000 microseconds" };

    private static readonly Option<double?> Percentile = new("--percentile")
    {
        Description = "share of requests within the promised latency, 50 to 99.99 (default 99)",
    };

    private static readonly Option<string?> ModeName = CreateMode();

    private static readonly Option<string?> BalanceName = CreateBalance();

    private static readonly Option<string?> ObjectiveName = new("--objective")
    {
        Description = "what tuning makes least: " + string.Join(", ", Objective.Names) + " (default least-watts)", HelpName = "NAME",
    };

    private static readonly Option<double?> PowerCap = new("--power-cap-watts")
    {
        Description = "most power of a node, for least-latency-under-cap; above 0 to 1000000 watts",
    };

    private static readonly Option<string?> Version = new("--resource-version")
    {
        Description = "refuse when the pool changed since it was read at this version",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var pool = new Command("pool", "Creates, changes, deletes and shows pools.");
        AdminClient.AddAddress(pool);
        Option[] fields = [Listen, SlaUs, Percentile, ModeName, BalanceName, ObjectiveName, PowerCap];
        pool.Add(Call("create", "Creates a pool.", [PoolId], fields, CreateAsync));
        Option[] changes = [.. fields, Version];
        pool.Add(Call("update", "Changes a pool; what is not given stays.", [PoolId], changes, UpdateAsync));
        pool.Add(Call("delete", "Stops serving a pool, restores its nodes and forgets it.", [PoolId], [], DeleteAsync));
        pool.Add(Call("get", "Shows one pool.", [PoolId], [], async (parsed, admin, ct) =>
            Show(parsed, await admin.GetPoolAsync(new GetPoolRequest { PoolId = parsed.GetValue(PoolId) }, cancellationToken: ct))));
        pool.Add(Call("list", "Shows all pools.", [], [], async (parsed, admin, ct) =>
        {
            ListPoolsResponse response = await admin.ListPoolsAsync(new ListPoolsRequest(), cancellationToken: ct);
            OutputFormat.Write(parsed, response, output => StatusTables.Pools(response.Pools).Write(output));
        }));
        return pool;
    }

    private static Command Call(
        string name,
        string description,
        Argument[] arguments,
        Option[] options,
        Func<ParseResult, AdminService.AdminServiceClient, CancellationToken, Task> call)
    {
        var command = new Command(name, description);
        Array.ForEach(arguments, command.Add);
        Array.ForEach(options, command.Add);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, call);
        return command;
    }

    private static async Task CreateAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        var spec = new PoolSpec { PoolId = parsed.GetValue(PoolId), Sla = new Sla() };
        Change(parsed, spec);
        Show(parsed, await admin.CreatePoolAsync(new CreatePoolRequest { Spec = spec }, cancellationToken: ct));
    }

    private static async Task UpdateAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        Pool present = await admin.GetPoolAsync(new GetPoolRequest { PoolId = parsed.GetValue(PoolId) }, cancellationToken: ct);
        Change(parsed, present.Spec);
        var request = new UpdatePoolRequest
        {
            Spec = present.Spec,
            ResourceVersion = parsed.GetValue(Version) ?? present.ResourceVersion,
        };
        Show(parsed, await admin.UpdatePoolAsync(request, cancellationToken: ct));
    }

    private static async Task DeleteAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        string poolId = parsed.GetValue(PoolId)!;
        await admin.DeletePoolAsync(new DeletePoolRequest { PoolId = poolId }, cancellationToken: ct);
        await parsed.InvocationConfiguration.Error.WriteLineAsync($"fleet: pool '{poolId}' is deleted");
    }

    private static void Change(ParseResult parsed, PoolSpec spec)
    {
        spec.Listen = parsed.GetValue(Listen) ?? spec.Listen;
        spec.Sla.LatencyUs = parsed.GetValue(SlaUs) ?? spec.Sla.LatencyUs;
        spec.Sla.Percentile = parsed.GetValue(Percentile) ?? spec.Sla.Percentile;
        spec.Objective = parsed.GetValue(ObjectiveName) ?? spec.Objective;

        // A cap belongs to one objective: naming another ends it.
        spec.PowerCapWatts = parsed.GetValue(PowerCap) ?? (spec.Objective == Objective.LeastLatencyUnderCap ? spec.PowerCapWatts : 0);
        spec.Mode = parsed.GetValue(ModeName) is { } mode ? Enum.Parse<Mode>(mode, ignoreCase: true) : spec.Mode;
        spec.Balance = parsed.GetValue(BalanceName) is { } balance ? Enum.Parse<Balance>(balance, ignoreCase: true) : spec.Balance;
    }

    private static void Show(ParseResult parsed, Pool pool) =>
        OutputFormat.Write(parsed, pool, output => StatusTables.Pools([pool]).Write(output));

    private static Option<string?> CreateMode()
    {
        var mode = new Option<string?>("--mode") { Description = "observe, recommend, canary or active (default active)" };
        mode.AcceptOnlyFromAmong("observe", "recommend", "canary", "active");
        return mode;
    }

    private static Option<string?> CreateBalance()
    {
        var balance = new Option<string?>("--balance")
        {
            Description = "who spreads the load: declared (the weights), keyed or replicated (the planner; default declared)",
        };
        balance.AcceptOnlyFromAmong("declared", "keyed", "replicated");
        return balance;
    }
}
