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

/// <summary>The simulated agents, each on a socket file of its own, and the simulated proxy as gRPC servers of one process.</summary>
internal static class BenchPeers
{
    private const string NodeItem = "bench.node";

    /// <summary>Socket file of a node's agent.</summary>
    public static string Agent(string folder, int node) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"a{node}.sock"));

    /// <summary>Socket file of the proxy.</summary>
    public static string Proxy(string folder) => Path.Combine(folder, "proxy.sock");

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
            kestrel.ListenUnixSocket(Proxy(folder), o => o.Protocols = HttpProtocols.Http2);
            for (int i = 0; i < fleet.Nodes; i++)
            {
                int node = i;
                kestrel.ListenUnixSocket(Agent(folder, node), o =>
                {
                    o.Protocols = HttpProtocols.Http2;
                    o.Use(next => connection =>
                    {
                        connection.Items[NodeItem] = node;
                        return next(connection);
                    });
                });
            }
        });
        await using WebApplication app = builder.Build();
        app.MapGrpcService<Agents>();
        app.MapGrpcService<Proxies>();
        await app.StartAsync(ct).ConfigureAwait(false);
        ready();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

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
            fleet.Apply(NodeOf(context), request.Setting.ToCore());
            return Task.FromResult(new ApplyResponse { ReadBack = request.Setting });
        }

        public override Task<RenewResponse> Renew(RenewRequest request, ServerCallContext context) => Task.FromResult(new RenewResponse());

        public override async Task WatchReadings(
            WatchReadingsRequest request, IServerStreamWriter<NodeReading> responseStream, ServerCallContext context)
        {
            int node = NodeOf(context);
            for (int number = clock.Next(); ; number++)
            {
                await clock.UntilAsync(number, (double)node / fleet.Nodes, context.CancellationToken).ConfigureAwait(false);
                await responseStream.WriteAsync(fleet.Reading(node, number)).ConfigureAwait(false);
            }
        }

        private static int NodeOf(ServerCallContext context) =>
            (int)context.GetHttpContext().Features.Get<IConnectionItemsFeature>()!.Items[NodeItem]!;
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
            for (int number = clock.Next(); ; number++)
            {
                await clock.UntilAsync(number, 0, context.CancellationToken).ConfigureAwait(false);
                var telemetry = new Telemetry();
                telemetry.Slices.AddRange(Enumerable.Range(0, fleet.Nodes).Select(n => fleet.Slice(n, number)));
                await responseStream.WriteAsync(telemetry).ConfigureAwait(false);
            }
        }
    }
}
