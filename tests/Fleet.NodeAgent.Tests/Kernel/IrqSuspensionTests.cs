using System.Diagnostics;
using System.Globalization;
using Fleet.Core.Measurement;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Netlink;
using Fleet.NodeAgent.Sensors;
using Fleet.NodeAgent.Tests.Support;
using RepositoryRoot = Fleet.Testing.RepositoryRoot;

namespace Fleet.NodeAgent.Tests.Kernel;

/// <summary>
/// Both halves of interrupt suspension on a stock memcached: the preloaded library's, switched through its control file, and the
/// kernel's. While the server prefers to poll, the device's own polling thread has less to do.
/// </summary>
public sealed class IrqSuspensionTests : IDisposable
{
    private const int Port = 11399;
    private const int Clients = 2;
    private const int ConnectionsPerClient = 12;
    private const int Rounds = 6;

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(500);

    private readonly TemporaryFolder _folder = new();
    private readonly string _library = Path.Combine(RepositoryRoot.Path, "artifacts/native/libfleet-busypoll.so");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SuspensionMovesPollingFromTheKernelToTheServer()
    {
        Assert.SkipUnless(File.Exists(_library), "libfleet-busypoll.so is not built (eng/build-native.sh)");
        using VethPlant plant = await VethPlant.CreateAsync();
        NetdevFamily? family = VethPlant.Inside(plant.Server, NetdevFamily.Open);
        Assert.SkipWhen(family is null, "this kernel has no netdev netlink family");
        using NetdevFamily netdev = family!;
        int ifindex = int.Parse(plant.ReadSysfs("ifindex"), CultureInfo.InvariantCulture);
        NapiInstance napi = netdev.Instances(ifindex).Single();
        Assert.SkipWhen(napi.IrqSuspendTimeoutNs is null, "this kernel has no interrupt suspension (Linux 6.14 and newer have it)");
        netdev.SetThreaded(napi.Id, threaded: true);
        netdev.Set(napi.Id, 100, 200_000, 20_000_000);
        int thread = netdev.Instances(ifindex).Single().ThreadPid.ShouldNotBeNull();

        string control = _folder.File("control");
        await File.WriteAllTextAsync(control, "0\n", TestContext.Current.CancellationToken);
        using Process server = await StartAsync(plant, control);
        try
        {
            using var load = new ClosedLoop(plant, Port, Clients, ConnectionsPerClient);
            var prefer = new BusyPollControl(control);
            double switchesOff = 0, switchesOn = 0;

            // A machine that is busy with other work may hide the effect once, not three times.
            for (int attempt = 0; attempt < 3 && switchesOn >= switchesOff * 0.9; attempt++)
            {
                (switchesOff, switchesOn) = Compare(thread, load, prefer);
            }

            switchesOn.ShouldBeLessThan(switchesOff * 0.9);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private sealed record Figures(double SwitchesPerRequest, double InterruptsPerRequest, double Rate, double MeanUs, double P99Us);

    /// <summary>The polling thread's switches per request without and with the server's preference to poll.</summary>
    private static (double Off, double On) Compare(int thread, ClosedLoop load, BusyPollControl prefer)
    {
        var off = new List<Figures>();
        var on = new List<Figures>();
        for (int round = 0; round < Rounds; round++)
        {
            foreach (bool poll in new[] { false, true })
            {
                prefer.Prefer(poll);
                load.Run(Slice / 5);
                (poll ? on : off).Add(Measure(thread, load));
            }
        }

        double switchesOff = Median(off.Select(m => m.SwitchesPerRequest)), switchesOn = Median(on.Select(m => m.SwitchesPerRequest));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"without and with suspension: polling thread's switches per 1000 requests {switchesOff * 1000:0.0} and {switchesOn * 1000:0.0}; "
            + $"interrupts of the host per 1000 requests {Both(m => m.InterruptsPerRequest * 1000)}; requests/s {Both(m => m.Rate)}; "
            + $"mean {Both(m => m.MeanUs)} us; p99 {Both(m => m.P99Us)} us"));
        return (switchesOff, switchesOn);

        string Both(Func<Figures, double> of) =>
            string.Create(CultureInfo.InvariantCulture, $"{Median(off.Select(of)):0} and {Median(on.Select(of)):0}");
    }

    private static Figures Measure(int thread, ClosedLoop load)
    {
        long interrupts = Interrupts();
        long before = TaskTimes.Parse(File.ReadAllBytes($"/proc/{thread}/schedstat"))!.Value.Switches;
        LatencyHistogram latency = load.Run(Slice);
        long after = TaskTimes.Parse(File.ReadAllBytes($"/proc/{thread}/schedstat"))!.Value.Switches;
        double requests = latency.Count;
        return new Figures(
            (after - before) / requests, (Interrupts() - interrupts) / requests, requests / Slice.TotalSeconds, latency.MeanUs,
            latency.PercentileUs(99));
    }

    private static long Interrupts() => ProcStat.Parse(File.ReadAllBytes("/proc/stat"))!.Value.Interrupts;

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private async Task<Process> StartAsync(VethPlant plant, string control)
    {
        var start = new ProcessStartInfo("ip",
        [
            "netns", "exec", plant.Server, "env", "LD_PRELOAD=" + _library, "FLEET_BUSYPOLL_CONTROL=" + control,
            "memcached", "-u", "root", "-t", "1", "-m", "8", "-l", VethPlant.ServerAddress, "-p", Port.ToString(CultureInfo.InvariantCulture),
        ]) { RedirectStandardError = true };
        Process server = Process.Start(start)!;
        try
        {
            await Wait.UntilAsync(() => server.HasExited || ClosedLoop.Answers(plant, Port), "memcached listens");
        }
        catch (TimeoutException)
        {
            server.Kill(entireProcessTree: true);
            throw;
        }

        Assert.SkipWhen(server.HasExited, "memcached is not installed");
        return server;
    }
}
