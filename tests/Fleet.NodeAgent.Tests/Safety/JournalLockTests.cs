using Fleet.Hosting.Errors;
using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Safety;

public sealed class JournalLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OneAtATimeKeepsAJournal()
    {
        JournalLock? first = Take();
        first.ShouldNotBeNull();
        Take().ShouldBeNull();
        first.Dispose();
        using JournalLock? second = Take();
        second.ShouldNotBeNull();
    }

    [Fact]
    public void AFolderThatCannotBeMadeIsNamedWithTheNextStep()
    {
        _folder.Write("file", "");
        Should.Throw<StartupException>(() => JournalLock.Take(_folder.File("file/agent.journal"), TimeSpan.Zero, TimeProvider.System))
            .Message.ShouldContain("--journal");
    }

    [Fact]
    public void ARestoreBesideALivingAgentLeavesTheHostToIt()
    {
        _folder.Write("sys/class/net/dev0/ifindex", "2147483000\n");
        _folder.Write("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
        _folder.Write("journal", """{"turbo/no_turbo":"0\n"}""");
        var options = new AgentOptions { Device = "dev0", SysfsRoot = _folder.File("sys"), JournalPath = _folder.File("journal") };
        using (JournalLock? living = Take())
        {
            AgentHost.Restore(options, TimeProvider.System, TimeSpan.Zero).ShouldBeFalse();
            File.Exists(_folder.File("journal")).ShouldBeTrue("it is the living agent's");
        }

        AgentHost.Restore(options, TimeProvider.System, TimeSpan.Zero).ShouldBeTrue();
        File.Exists(_folder.File("journal")).ShouldBeFalse();
    }

    private JournalLock? Take() => JournalLock.Take(_folder.File("journal"), TimeSpan.Zero, TimeProvider.System);
}
