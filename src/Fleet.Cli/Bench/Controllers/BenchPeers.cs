using System.Globalization;
using Fleet.Controller.Wire;
using Fleet.V1;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Cli.Bench.Controllers;

/// <summary>The simulated agents and proxies, each on a socket file of its own, as gRPC servers of one process.</summary>
internal static class BenchPeers
{
    // The number of a socket: that of its node, or of its pool.
    private const string NumberItem = "bench.number";

    /// <summary>Socket file of a node's agent.</summary>
    public static string Agent(string folder, int node) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"a{node}.sock"));

    /// <summary>Socket file of a pool's proxy.</summary>
    public static string Proxy(string folder, int pool) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"p{pool}.sock"));

    /// <summary>The pool in the address of a proxy.</summary>
    public static int PoolOf(string control) =>
        int.Parse(Path.GetFileNameWithoutExtension(control).AsSpan(1), CultureInfo.InvariantCulture);

    /// <summary>Serves until cancelled.</summary>
    public static async Task RunAsync(string folder, BenchFleet fleet, BenchClock clock, Action ready, CancellationToken ct)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new Agents(fleet, clock));
        builder.Services.AddSingleton(new Proxies(fleet, clock));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            for (int pool = 0; pool < fleet.Pools; pool++)
            {
                Listen(kestrel, Proxy(folder, pool), pool);
            }

            for (int node = 0; node < fleet.Nodes; node++)
            {
                Listen(kestrel, Agent(folder, node), node);
            }
        });
        await using WebApplication app = builder.Build();
        app.MapGrpcService<Agents>();
        app.MapGrpcService<Proxies>();
        await app.StartAsync(ct).ConfigureAwait(false);
        ready();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static void Listen(KestrelServerOptions kestrel, string socket, int number) => kestrel.ListenUnixSocket(socket, o =>
    {
        o.Protocols = HttpProtocols.Http2;
        o.Use(next => connection =>
        {
            connection.Items[NumberItem] = number;
            return next(connection);
        });
    });

    private static int NumberOf(ServerCallContext context) =>
        (int)context.GetHttpContext().Features.Get<IConnectionItemsFeature>()!.Items[NumberItem]!;

    private sealed class Agents(BenchFleet fleet, BenchClock clock) : AgentService.AgentServiceBase
    {
        public override Task<DescribeResponse> Describe(DescribeRequest request, ServerCallContext context)
        {
            var answer = new DescribeResponse { HardwareClass = fleet.HardwareClass };
            answer.Knobs.AddRange(fleet.Space.Knobs.Select(k => new Knob
            {
                Name = k.Name,
                LegalValues = { k.LegalValues },
                State = KnobState.Available,
                Scale = k.Scale switch
                {
                    Core.Knobs.KnobScale.Log => KnobScale.Log,
                    Core.Knobs.KnobScale.Enum => KnobScale.Enum,
                    _ => KnobScale.Linear,
                },
            }));
            return Task.FromResult(answer);
        }

        public override Task<ApplyResponse> Apply(ApplyRequest request, ServerCallContext context)
        {
            fleet.Apply(NumberOf(context), request.Setting.ToCore());
            return Task.FromResult(new ApplyResponse { ReadBack = request.Setting });
        }

        public override Task<RenewResponse> Renew(RenewRequest request, ServerCallContext context) => Task.FromResult(new RenewResponse());

        public override async Task WatchReadings(
            WatchReadingsRequest request, IServerStreamWriter<NodeReading> responseStream, ServerCallContext context)
        {
            int node = NumberOf(context);
            for (int number = clock.Next(); ; number++)
            {
                await clock.UntilAsync(number, (double)node / fleet.Nodes, context.CancellationToken).ConfigureAwait(false);
                await responseStream.WriteAsync(fleet.Reading(node, number)).ConfigureAwait(false);
            }
        }

    }

    private sealed class Proxies(BenchFleet fleet, BenchClock clock) : ProxyService.ProxyServiceBase
    {
        public override Task<GetStatusResponse> GetStatus(GetStatusRequest request, ServerCallContext context) =>
            Task.FromResult(new GetStatusResponse());

        public override Task<ConfigurePoolResponse> ConfigurePool(ConfigurePoolRequest request, ServerCallContext context) =>
            Task.FromResult(new ConfigurePoolResponse { Revision = request.Pool.Revision });

        public override Task<SetSendDelaysResponse> SetSendDelays(SetSendDelaysRequest request, ServerCallContext context) =>
            Task.FromResult(new SetSendDelaysResponse { Nodes = { request.Nodes } });

        public override async Task WatchTelemetry(
            WatchTelemetryRequest request, IServerStreamWriter<Telemetry> responseStream, ServerCallContext context)
        {
            int[] nodes = [.. fleet.Members(NumberOf(context))];
            for (int number = clock.Next(); ; number++)
            {
                await clock.UntilAsync(number, fleet.Phase(nodes[0]), context.CancellationToken).ConfigureAwait(false);
                var telemetry = new Telemetry();
                telemetry.Slices.AddRange(nodes.Select(n => fleet.Slice(n, number)));
                await responseStream.WriteAsync(telemetry).ConfigureAwait(false);
            }
        }
    }
}
