using System.CommandLine;
using System.Text.Json;
using Fleet.Cli.Clients;
using Fleet.Cli.Declarations;
using Fleet.Cli.Output;
using Fleet.Controller.Admin;
using Fleet.Controller.Grains;
using Fleet.Hosting.Errors;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet apply -f FILE</c>: makes the fleet as a file declares it.</summary>
internal static class ApplyCommand
{
    private static readonly Option<string> FileName = new("--file", "-f")
    {
        Description = "YAML with pools, nodes and proxies; - reads standard input", HelpName = "FILE", Required = true,
    };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "say what would change, and change nothing" };
    private static readonly Option<bool> Prune = new("--prune")
    {
        Description = "also remove pools, proxies and nodes that the file does not name, where it has their list",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("apply", "Makes the fleet as a file declares it; what is not given stays.") { FileName, DryRun, Prune };
        AdminClient.AddAddress(command);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        string name = parsed.GetValue(FileName)!;
        FleetFile file = FleetFile.Parse(await ReadAsync(name, ct), name == "-" ? "standard input" : name);
        FleetState present = await FleetState.ReadAsync(admin, ct);
        FleetChange[] changes = [.. FleetChanges.Of(file, present, parsed.GetValue(Prune))];
        StartupException.ThrowIfAny([.. changes.Where(c => c.Write is not null).SelectMany(Problems)]);
        bool dry = parsed.GetValue(DryRun);
        var done = new List<FleetChange>();
        try
        {
            foreach (FleetChange change in changes)
            {
                if (!dry && change.Write is { } write)
                {
                    await write(admin, ct);
                }

                done.Add(change);
            }
        }
        finally
        {
            // What was done before a refusal is said too: the fleet has it.
            Show(parsed, done, dry);
        }
    }

    private static void Show(ParseResult parsed, List<FleetChange> changes, bool dry)
    {
        var results = changes.Select(c => new { name = c.Name, action = c.Action, dryRun = dry });
        OutputFormat.Write(parsed, JsonSerializer.SerializeToElement(new { results }), output =>
        {
            foreach (FleetChange change in changes)
            {
                output.WriteLine($"{change.Name} {change.Action}{(dry && change.Write is not null ? " (dry run)" : "")}");
            }
        });
    }

    /// <summary>What the controller would refuse, found before anything is written.</summary>
    private static IEnumerable<string> Problems(FleetChange change)
    {
        try
        {
            switch (change.Spec)
            {
                case PoolSpec pool: SpecValidation.Pool(pool); break;
                case NodeSpec node: SpecValidation.Node(node); break;
                case ProxySpec proxy: SpecValidation.Proxy(proxy); break;
            }

            return [];
        }
        catch (FleetFault fault)
        {
            return fault.Fields.Select(f => $"{change.Name}: {f.Field} is '{f.Value}': legal is {f.Legal}");
        }
    }

    private static async Task<string> ReadAsync(string name, CancellationToken ct)
    {
        try
        {
            return name == "-" ? await Console.In.ReadToEndAsync(ct) : await File.ReadAllTextAsync(name, ct);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{name}: {failure.Message.TrimEnd('.')}; give a file that can be read with -f", failure);
        }
    }
}
