namespace Fleet.NodeAgent.Tests;

public class AgentOptionsTests
{
    [Fact]
    public void DefaultsNeedOnlyADevice()
    {
        new AgentOptions { Device = "eth0" }.Validate().ShouldBeEmpty();
        new AgentOptions().Validate().ShouldHaveSingleItem().ShouldContain("--device");
    }

    [Fact]
    public void SaysAllProblemsWithTheirValues()
    {
        IReadOnlyList<string> problems = new AgentOptions
        {
            Listen = "nowhere",
            Name = "",
            Device = "a/b",
            ServerPids = [5, -3],
            IdleWattsPerCore = 9,
            BusyWattsPerCore = 3,
            Cores = double.NaN,
            VerifyInterval = TimeSpan.Zero,
            RelaxAfter = TimeSpan.FromDays(8),
            SysfsRoot = "/does/not/exist",
            ServerPidFile = "/does/not/exist.pid",
        }.Validate();

        string all = string.Join('\n', problems);
        foreach (string part in new[]
            {
                "'nowhere'", "name ''", "'a/b'", "-3", "busy watts per core 3", "cores NaN", "verify interval", "relax after",
                "sysfs root", "/does/not/exist.pid",
            })
        {
            all.ShouldContain(part);
        }

        problems.Count.ShouldBe(10);
    }
}
