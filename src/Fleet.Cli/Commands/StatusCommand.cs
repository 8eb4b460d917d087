using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet status</c>: pools, nodes and proxies, once or as they change.</summary>
internal static class StatusCommand
{
    private const string HomeAndClear = "\u001b[H\u001b[2J";

    private static readonly Option<bool> Watch = new("--watch")
    {
        Description = "show again whenever something changed, until interrupted",
    };

    private static readonly Option<uint> Interval = new("--interval-ms")
    {
        Description = "between two pictures at the fastest, 100 to 60000 (default 500)",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("status", "Shows pools, nodes and proxies.") { Watch, Interval };
        AdminClient.AddAddress(command);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        bool watch = parsed.GetValue(Watch);
        bool redraw = watch && !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        using AsyncServerStreamingCall<FleetSnapshot> call = admin.Watch(
            new WatchRequest { IntervalMs = parsed.GetValue(Interval) }, cancellationToken: ct);
        while (await call.ResponseStream.MoveNext(ct))
        {
            Show(parsed, call.ResponseStream.Current, watch, redraw);
            if (!watch)
            {
                return;
            }
        }
    }

    private static void Show(ParseResult parsed, FleetSnapshot snapshot, bool watch, bool redraw)
    {
        if (watch && OutputFormat.IsJson(parsed))
        {
            OutputFormat.WriteLine(parsed, snapshot);
            return;
        }

        OutputFormat.Write(parsed, snapshot, output =>
        {
            if (redraw)
            {
                output.Write(HomeAndClear);
            }

            StatusTables.Pools(snapshot.Pools).Write(output);
            output.WriteLine();
            StatusTables.Nodes(snapshot.Nodes).Write(output);
            output.WriteLine();
            StatusTables.Proxies(snapshot.Proxies).Write(output);
            if (watch && !redraw)
            {
                output.WriteLine();
            }
        });
    }
}
