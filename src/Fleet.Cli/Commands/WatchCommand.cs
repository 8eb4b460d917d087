using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet watch [POOL]</c>: follows the fleet, also across a restart of the controller.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly Argument<string?> PoolId = new("POOL") { Description = "only this pool", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<uint> Interval = new("--interval-ms")
    {
        Description = "between two pictures at the fastest, 100 to 60000 (default 500)",
    };

    private static readonly Option<int> Count = new("--count") { Description = "end after so many changes (default 0: never)" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("watch", "Shows every change of nodes as it happens; dials again when the controller restarts.")
        {
            PoolId, Interval, Count,
        };
        AdminClient.AddAddress(command);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        var request = new WatchRequest { IntervalMs = parsed.GetValue(Interval), PoolId = parsed.GetValue(PoolId) ?? "" };
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        int left = parsed.GetValue(Count) is > 0 and { } count ? count : int.MaxValue;
        while (true)
        {
            try
            {
                using AsyncServerStreamingCall<FleetSnapshot> call = admin.Watch(request, cancellationToken: ct);
                while (await call.ResponseStream.MoveNext(ct))
                {
                    FleetSnapshot snapshot = call.ResponseStream.Current;
                    request.ResumeToken = snapshot.ResumeToken;
                    Show(parsed, snapshot, seen);
                    if (--left == 0)
                    {
                        return;
                    }
                }
            }
            catch (RpcException away) when (away.StatusCode == StatusCode.Unavailable && request.ResumeToken.Length > 0)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"fleet: {away.Status.Detail.TrimEnd('.')}; dialling again");
            }

            await Task.Delay(Pause, TimeProvider.System, ct);
        }
    }

    private static void Show(ParseResult parsed, FleetSnapshot snapshot, Dictionary<string, string> seen)
    {
        if (OutputFormat.IsJson(parsed))
        {
            OutputFormat.WriteLine(parsed, snapshot);
            return;
        }

        TextWriter output = parsed.InvocationConfiguration.Output;
        string time = DateTimeOffset.FromUnixTimeMilliseconds(snapshot.UnixMs).UtcDateTime.ToString("HH:mm:ss.fff");
        var now = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Pool pool in snapshot.Pools)
        {
            string change = pool.Status.ChangeInProgress.Length > 0 ? $", {pool.Status.ChangeInProgress}" : "";
            string halted = pool.Status.Halted ? ", halted" : pool.Spec.Paused ? ", paused" : "";
            now[$"pool/{pool.Spec.PoolId}"] = $"version {pool.ResourceVersion}{halted}{change}";
        }

        foreach (Node node in snapshot.Nodes)
        {
            now[$"node/{node.Spec.PoolId}/{node.Spec.NodeId}"] =
                $"{node.Status.Membership}, {Figures.Name(node.Status.Phase)}, weight {node.Status.Weight}, {Figures.Setting(node.Status.Setting)}";
        }

        foreach (V1.Proxy proxy in snapshot.Proxies)
        {
            now[$"proxy/{proxy.Spec.ProxyId}"] = proxy.Connected ? "connected" : "away";
        }

        foreach ((string name, string state) in now.Where(n => seen.GetValueOrDefault(n.Key) != n.Value))
        {
            output.WriteLine($"{time}  {name}  {string.Concat(state.Select(c => char.IsControl(c) ? '?' : c))}");
            seen[name] = state;
        }

        foreach (string gone in seen.Keys.Where(name => !now.ContainsKey(name)).ToArray())
        {
            output.WriteLine($"{time}  {gone}  gone");
            seen.Remove(gone);
        }
    }
}
