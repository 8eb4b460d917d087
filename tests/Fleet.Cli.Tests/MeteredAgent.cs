using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Fleet.Hosting.Listening;
using Fleet.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Cli.Tests;

/// <summary>
/// An agent for tests of the whole fleet: the load is what its real memcached counted, the power a formula of it and of the setting in force,
/// convex in the load so that both few and many nodes can be the cheaper choice.
/// </summary>
internal sealed class MeteredAgent : AgentService.AgentServiceBase, IAsyncDisposable
{
    private const string Knob = "test.delay_us";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _memcachedPort;
    private GrpcServer? _server;
    private volatile Setting _inForce = new();

    private MeteredAgent(int memcachedPort) => _memcachedPort = memcachedPort;

    /// <summary>What the controller put in force last.</summary>
    public Setting InForce => _inForce;

    /// <summary>Starts an agent at a socket file beside the memcached at the port.</summary>
    public static async Task<MeteredAgent> StartAsync(string socket, int memcachedPort)
    {
        var agent = new MeteredAgent(memcachedPort);
        ListenAddress.TryParse($"unix:{socket}", out ListenAddress address).ShouldBeTrue();
        agent._server = await GrpcServer.StartAsync(
            address, services => services.AddSingleton(agent), app => app.MapGrpcService<MeteredAgent>(), agent._stop.Token);
        return agent;
    }

    public override Task<DescribeResponse> Describe(DescribeRequest request, ServerCallContext context)
    {
        var knob = new Knob { Name = Knob, Scale = KnobScale.Log, State = KnobState.Available };
        knob.LegalValues.AddRange([10L, 100L]);
        var answer = new DescribeResponse { NodeName = "metered", HardwareClass = "metered", Version = "1", Cores = 1, Mode = "active" };
        answer.Knobs.Add(knob);
        return Task.FromResult(answer);
    }

    public override Task<ApplyResponse> Apply(ApplyRequest request, ServerCallContext context)
    {
        _inForce = request.Setting ?? new Setting();
        return Task.FromResult(new ApplyResponse { ReadBack = _inForce });
    }

    public override Task<RenewResponse> Renew(RenewRequest request, ServerCallContext context) =>
        Task.FromResult(new RenewResponse { Setting = _inForce });

    public override async Task WatchReadings(
        WatchReadingsRequest request, IServerStreamWriter<NodeReading> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _stop.Token);
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        try
        {
            long before = await GetsAsync(end.Token);
            while (await timer.WaitForNextTickAsync(end.Token))
            {
                long now = await GetsAsync(end.Token);
                double qps = Math.Max(now - before, 0) / Interval.TotalSeconds;
                before = now;
                await responseStream.WriteAsync(new NodeReading
                {
                    EndUnixMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
                    DurationMs = Interval.TotalMilliseconds,
                    PowerWatts = Watts(qps),
                    PowerSource = PowerSource.Model,
                    ServerCpuMs = 1,
                    Setting = _inForce,
                });
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The watcher left or the test ends.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _stop.Dispose();
    }

    /// <summary>A server that waits draws 10 W; one that serves 40 W, less a quarter with the longer delay, and a part that grows with the
    /// square of the load.</summary>
    private double Watts(double qps) => qps < 10
        ? 10
        : (_inForce.Values.Any(v => v.Value == 100) ? 30 : 40) + (10 * Math.Pow(qps / 1000, 2));

    private async Task<long> GetsAsync(CancellationToken ct)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", _memcachedPort, ct);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync("stats\r\n"u8.ToArray(), ct);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            while (await reader.ReadLineAsync(ct) is { } line && line != "END")
            {
                if (line.StartsWith("STAT cmd_get ", StringComparison.Ordinal))
                {
                    return long.Parse(line["STAT cmd_get ".Length..], CultureInfo.InvariantCulture);
                }
            }
        }
        catch (SocketException)
        {
            // The server is dead: it counts nothing.
        }

        return 0;
    }
}
