using Fleet.NodeAgent.Host;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Kernel;

/// <summary>The kernel's own dead man's switch: a latency request ends with its open file.</summary>
public sealed class DmaLatencyKernelTests
{
    // Below the 2,000 s of "no limit", and far above every idle state: nothing of the machine changes.
    private const long HarmlessUs = 1_000_000;

    [Fact]
    public async Task ARequestHoldsUntilItsFileIsClosed()
    {
        var files = new HostFiles();
        Assert.SkipWhen(files.WriteObstacle("/dev/cpu_dma_latency") is not null, "needs root and /dev/cpu_dma_latency");
        long? before = Now(files);
        Assert.SkipWhen(before < HarmlessUs, "another program holds a stricter request");
        var driver = new DmaLatencyDriver(files, "/sys", "/dev");
        IReadOnlyDictionary<string, string> originals = driver.Snapshot();

        driver.Apply(new Dictionary<string, long> { [KnobNames.DmaLatency] = HarmlessUs });
        Now(files).ShouldBe(HarmlessUs);
        driver.Apply(new Dictionary<string, long> { [KnobNames.DmaLatency] = HarmlessUs + 1 });
        Now(files).ShouldBe(HarmlessUs + 1);
        driver.Restore(originals);

        // A process that another test is about to start has a copy of the open file for a moment, until it becomes its program.
        await Wait.UntilAsync(() => Now(files) == before, "the request is taken back");

        driver.Apply(new Dictionary<string, long> { [KnobNames.DmaLatency] = HarmlessUs });
        driver.Dispose();
        await Wait.UntilAsync(() => Now(files) == before, "the kernel takes the request back with the file");
    }

    private static long? Now(IHostFiles files) => new DmaLatencyDriver(files, "/sys", "/dev").Describe().Single().CurrentValue;
}
