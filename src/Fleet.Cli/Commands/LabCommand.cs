using System.CommandLine;
using System.Text.Json;
using Fleet.Cli.Output;
using Fleet.Lab.Lab;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet lab</c>: real servers with real kernel knobs on this machine.</summary>
internal static class LabCommand
{
    private static readonly JsonSerializerOptions Pretty = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true,
    };

    private static readonly Option<int> Servers = new("--servers")
    {
        Description = "number of servers, 1 to 32", DefaultValueFactory = _ => 3,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "JSON instead of a table" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var lab = new Command("lab", "Servers with real kernel knobs in network namespaces of this machine; needs root.");
        var up = new Command("up", "Brings the lab up; a lab that is up is kept.") { Servers, Json };
        up.SetAction((parsed, ct) => RunAsync(
            parsed, new LabOptions { Servers = parsed.GetValue(Servers) }, async (l, c) => await l.UpAsync(c), ct));
        lab.Add(up);
        var status = new Command("status", "Shows the lab.") { Json };
        status.SetAction((parsed, ct) => RunAsync(parsed, new LabOptions(), async (l, c) => await l.StatusAsync(c), ct));
        lab.Add(status);
        var down = new Command("down", "Removes everything that the lab made.");
        down.SetAction((parsed, ct) => RunAsync(
            parsed,
            new LabOptions(),
            async (l, c) =>
            {
                await l.DownAsync(c);
                return null;
            },
            ct));
        lab.Add(down);
        return lab;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, LabOptions options, Func<LabEnvironment, CancellationToken, Task<LabStatus?>> act, CancellationToken ct)
    {
        LabStatus? status = await act(new LabEnvironment(options, TimeProvider.System), ct);
        if (status is not null)
        {
            Write(status, parsed.GetValue(Json), parsed);
        }

        return ExitCode.Ok;
    }

    private static void Write(LabStatus status, bool json, ParseResult parsed)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (json)
        {
            var servers = status.Servers.Select(s => new
            {
                s.Id,
                s.Namespace,
                Address = s.Endpoint.ToString(),
                s.MemcachedPid,
                Agent = s.AgentListen,
                s.AgentPid,
                s.NapiThreadPid,
                s.Running,
            });
            output.WriteLine(JsonSerializer.Serialize(new { status.StateDirectory, Servers = servers }, Pretty));
            return;
        }

        if (status.Servers.Count == 0)
        {
            parsed.InvocationConfiguration.Error.WriteLine("fleet: there is no lab; 'fleet lab up' makes one");
            return;
        }

        var table = new TextTable("SERVER", "NAMESPACE", "ADDRESS", "MEMCACHED", "AGENT", "AGENT PID", "NAPI THREAD");
        foreach (LabServer server in status.Servers)
        {
            table.Add(
                server.Id,
                server.Namespace,
                server.Endpoint.ToString(),
                server.MemcachedPid?.ToString() ?? "down",
                server.AgentListen,
                server.AgentPid?.ToString() ?? "down",
                server.NapiThreadPid?.ToString() ?? "none");
        }

        table.Write(output);
    }
}
