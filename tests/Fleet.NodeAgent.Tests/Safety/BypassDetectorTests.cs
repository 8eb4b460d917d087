using System.Runtime.InteropServices;
using Fleet.NodeAgent.Netlink;
using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Safety;

public sealed class BypassDetectorTests : IDisposable
{
    private const int AddressFamilyXdp = 44;

    private readonly TemporaryFolder _proc = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _proc.Dispose();

    [Fact]
    public void AnOrdinaryServerIsTuned()
    {
        _proc.Write("net/protocols", "protocol  size sockets\nXDP       1088      0      -1   NI\n");
        Directory.CreateDirectory(_proc.File("10/fd"));
        File.CreateSymbolicLink(_proc.File("10/fd/3"), "/dev/null");
        Detector(10).Reason().ShouldBeNull();
    }

    [Theory]
    [InlineData("/dev/vfio/12")]
    [InlineData("/dev/uio0")]
    public void AServerThatHoldsACardBypassesTheKernel(string device)
    {
        Directory.CreateDirectory(_proc.File("10/fd"));
        File.CreateSymbolicLink(_proc.File("10/fd/7"), device);
        Detector(10).Reason().ShouldNotBeNull().ShouldStartWith("knobs not applicable: bypass");
        Detector(11).Reason().ShouldBeNull("another process is none of ours");
    }

    [Fact]
    public void RequestsWithoutPacketsAreABypass()
    {
        BypassDetector detector = Detector(10);
        for (int slice = 0; slice < 4; slice++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            detector.Compare(20_000, 100);
        }

        detector.Reason().ShouldNotBeNull().ShouldContain("next to no packets");
        for (int slice = 0; slice < 2; slice++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            detector.Compare(20_000, 5_000 * (slice + 1));
        }

        detector.Reason().ShouldBeNull();
    }

    [Fact]
    public void CardsOfUserDriversAreNamed()
    {
        _proc.Write("bus/pci/drivers/vfio-pci/0000:3b:00.0/class", "0x020000\n");
        _proc.Write("bus/pci/drivers/vfio-pci/0000:41:00.0/class", "0x030000\n");
        BypassDetector.CardsHeldByUserDrivers(_proc.Path).ShouldBe(["0000:3b:00.0 (vfio-pci)"]);
    }

    [Fact]
    public void ARealXdpSocketIsSeen()
    {
        var detector = new BypassDetector("/proc", () => [], _time);
        Assert.SkipWhen(detector.Reason() is not null, "another program of this namespace has AF_XDP sockets");
        int socket = NativeMethods.Socket(AddressFamilyXdp, NativeMethods.SocketRaw, 0);
        Assert.SkipWhen(socket < 0, $"no AF_XDP here: {Marshal.GetLastPInvokeErrorMessage()}");
        try
        {
            new BypassDetector("/proc", () => [], _time).Reason().ShouldNotBeNull().ShouldContain("AF_XDP");
        }
        finally
        {
            _ = NativeMethods.Close(socket);
        }
    }

    private BypassDetector Detector(int pid) => new(_proc.Path, () => [pid], _time);
}
