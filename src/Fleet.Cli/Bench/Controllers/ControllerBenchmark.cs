using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Fleet.Controller;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Fleet.Grpc.Client;
using Fleet.Hosting.Errors;
using Fleet.V1;

namespace Fleet.Cli.Bench.Controllers;

/// <summary>
/// Measures one controller, whole and with the file store, over a simulated fleet that reports once a second: CPU time, memory and how long
/// after its emission a slice has been acted upon. The nodes search as the exploration budget lets them.
/// </summary>
internal static class ControllerBenchmark
{
    /// <summary>The command of the process that plays agents and proxies: folder, nodes, pools, timestamp of second 0.</summary>
    public const string PeersCommand = "controller-peers";

    /// <summary>Runs one row.</summary>
    /// <exception cref="StartupException">The simulated fleet could not be started.</exception>
    public static async Task<ControllerBenchRow> RunAsync(
        ControllerBenchOptions options, IReadOnlyList<string> self, TimeProvider time, CancellationToken ct)
    {
        string folder = Directory.CreateTempSubdirectory("fleet-bench-").FullName;
        var clock = new BenchClock(time.GetTimestamp(), time);
        var fleet = new BenchFleet(options.Nodes, options.Pools);
        using Process? peers = options.OverGrpc ? await StartPeersAsync(self, folder, options, clock).ConfigureAwait(false) : null;
        try
        {
            await DeclareAsync(Path.Combine(folder, "data"), fleet, options, folder, ct).ConfigureAwait(false);
            return await MeasureAsync(options, folder, fleet, clock, peers, time, ct).ConfigureAwait(false);
        }
        finally
        {
            if (peers is not null)
            {
                peers.Kill();
                await peers.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    // A slice that no step took by then is lost.
    private static readonly TimeSpan Straggle = TimeSpan.FromSeconds(5);

    private static async Task<ControllerBenchRow> MeasureAsync(
        ControllerBenchOptions options, string folder, BenchFleet fleet, BenchClock clock, Process? peers, TimeProvider time, CancellationToken ct)
    {
        var meter = new LagMeter(fleet, clock);
        var ports = new ControllerPorts
        {
            Agents = options.OverGrpc ? null : new BenchAgents(fleet, clock, time),
            Proxies = options.OverGrpc ? null : new BenchProxies(fleet, clock, time),
            Around = meter.Around,
        };
        string listen = "unix:" + Path.Combine(folder, "admin.sock");
        var settings = new ControllerOptions
        {
            Listen = listen,
            DataDirectory = Path.Combine(folder, "data"),
            MembershipHoldOff = TimeSpan.Zero,
            ReadingInterval = TimeSpan.FromSeconds(1),
            SendDelays = false,
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var ready = new TaskCompletionSource();
        Task controller = ControllerHost.RunAsync(settings, ports, time, _ => ready.SetResult(), stop.Token);
        await (await Task.WhenAny(controller, ready.Task).ConfigureAwait(false)).ConfigureAwait(false);
        using FleetChannel channel = FleetChannel.ForAddress(listen);
        var admin = new AdminService.AdminServiceClient(channel);
        await Task.Delay(options.WarmUp, time, ct).ConfigureAwait(false);
        double searching = await SearchingAsync(admin, options.Nodes, ct).ConfigureAwait(false);

        meter.Start();
        long start = time.GetTimestamp();
        (TimeSpan cpu, TimeSpan peerCpu) = (Cpu(Process.GetCurrentProcess()), Cpu(peers));
        double resident = await WatchMemoryAsync(options.Measured, time, ct).ConfigureAwait(false);
        double seconds = time.GetElapsedTime(start).TotalSeconds;
        cpu = Cpu(Process.GetCurrentProcess()) - cpu;
        peerCpu = Cpu(peers) - peerCpu;
        long emitted = meter.Stop() * options.Nodes;
        await Task.Delay(Straggle, time, ct).ConfigureAwait(false);
        searching = (searching + await SearchingAsync(admin, options.Nodes, ct).ConfigureAwait(false)) / 2;
        await stop.CancelAsync().ConfigureAwait(false);
        await controller.ConfigureAwait(false);
        return new ControllerBenchRow(
            options.Nodes, options.Pools, Math.Round(cpu.TotalSeconds / seconds, 3), Math.Round(resident),
            Ms(meter, 99), Ms(meter, 50), Finite(meter.Lags.MaxUs / 1000), options.OverGrpc ? "grpc" : "memory", Math.Round(seconds, 1),
            meter.Lags.Count, emitted - meter.Lags.Count, Math.Round(searching, 4), meter.Probes,
            Math.Round(peerCpu.TotalSeconds / seconds, 3));
    }

    private static double Ms(LagMeter meter, double percentile) => Finite(meter.Lags.PercentileUs(percentile) / 1000);

    /// <summary>Without a slice that was acted upon there is no lag, and JSON has no word for that; the row tells how many were lost.</summary>
    private static double Finite(double ms) => double.IsFinite(ms) ? Math.Round(ms, 1) : -1;

    /// <summary>Pools and nodes are declared before the controller starts: adding them one by one is not what is measured.</summary>
    private static async Task DeclareAsync(string data, BenchFleet fleet, ControllerBenchOptions options, string folder, CancellationToken ct)
    {
        var store = new FileStore(data);
        foreach (IGrouping<string, int> pool in Enumerable.Range(0, options.Nodes).GroupBy(fleet.Pool))
        {
            ImmutableArray<NodeDocument> nodes =
            [
                .. pool.Select(n => new NodeDocument(
                    BenchFleet.Id(n), string.Create(CultureInfo.InvariantCulture, $"10.{n >> 16}.{(n >> 8) & 255}.{n & 255}:11211"),
                    options.OverGrpc ? "unix:" + BenchPeers.Agent(folder, n) : BenchAgents.Address(n), 100, Leaving: false)),
            ];
            int port = 20_000 + int.Parse(pool.Key.AsSpan("pool-".Length), CultureInfo.InvariantCulture);
            await store.WriteAsync(
                new DocumentKey(DocumentKinds.Pools, pool.Key),
                new PoolDocument(
                    pool.Key, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), 99, BenchServer.SlaUs, ControlMode.Active,
                    "ketama", "least-watts", 1, nodes),
                null,
                ct).ConfigureAwait(false);
        }

        for (int pool = 0; pool < fleet.Pools; pool++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"edge-{pool}");
            var proxy = new ProxyDocument(id, "unix:" + BenchPeers.Proxy(folder, pool), []);
            await store.WriteAsync(new DocumentKey(DocumentKinds.Proxies, id), proxy, null, ct).ConfigureAwait(false);
        }
    }

    private static async Task<Process> StartPeersAsync(
        IReadOnlyList<string> self, string folder, ControllerBenchOptions options, BenchClock clock)
    {
        string[] words =
        [
            "bench", PeersCommand, "--folder", folder, "--nodes", options.Nodes.ToString(CultureInfo.InvariantCulture),
            "--pools", options.Pools.ToString(CultureInfo.InvariantCulture), "--begin", clock.Begin.ToString(CultureInfo.InvariantCulture),
        ];
        Process peers = Process.Start(new ProcessStartInfo(self[0], [.. self.Skip(1), .. words]) { RedirectStandardOutput = true })!;
        return await peers.StandardOutput.ReadLineAsync().ConfigureAwait(false) == "ready"
            ? peers
            : throw new StartupException("the simulated agents and proxies did not start");
    }

    private static async Task<double> WatchMemoryAsync(TimeSpan length, TimeProvider time, CancellationToken ct)
    {
        long start = time.GetTimestamp();
        double most = 0;
        while (time.GetElapsedTime(start) < length)
        {
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(1, length.TotalSeconds)), time, ct).ConfigureAwait(false);
            string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            most = Math.Max(most, double.Parse(line["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture) / 1024);
        }

        return most;
    }

    private static async Task<double> SearchingAsync(AdminService.AdminServiceClient admin, int nodes, CancellationToken ct)
    {
        int searching = 0;
        var request = new ListNodesRequest();
        do
        {
            ListNodesResponse page = await admin.ListNodesAsync(request, cancellationToken: ct).ResponseAsync.ConfigureAwait(false);
            searching += page.Nodes.Count(n => n.Status.Phase is not (TunerPhase.Observe or TunerPhase.Hold or TunerPhase.Unspecified));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return (double)searching / nodes;
    }

    private static TimeSpan Cpu(Process? process)
    {
        process?.Refresh();
        return process?.TotalProcessorTime ?? TimeSpan.Zero;
    }
}
