using System.Net;
using Fleet.Lab.Demo;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Tests.Demo;

public class ServerCpuTests
{
    [Theory]
    [InlineData("123456789 42 7\n", 123456789)]
    [InlineData("", 0)]
    [InlineData("x y z", 0)]
    public void TheFirstFieldIsTimeOnACpu(string schedstat, double ns) => ServerCpu.Parse(schedstat).ShouldBe(ns);

    [Fact]
    public void AllThreadsOfALivingProcessCountAndADeadOneCountsNothing()
    {
        ServerCpu.TotalMs([Server(Environment.ProcessId)]).ShouldBeGreaterThan(0);
        ServerCpu.TotalMs([Server(null), Server(int.MaxValue)]).ShouldBe(0);
    }

    private static LabServer Server(int? pid) =>
        new(1, "s1", "ns", new IPEndPoint(IPAddress.Loopback, 1), pid, "unix:/x", null, null, "/x", "/x");
}
