using System.Text;
using Fleet.NodeAgent.Sensors;

namespace Fleet.NodeAgent.Tests.Sensors;

public class TaskAccountTests
{
    [Theory]
    [InlineData("123456789 55 42\n", 123456789L, 42L)]
    [InlineData("0 0 0", 0L, 0L)]
    public void ReadsSchedstat(string text, long cpuNs, long switches) =>
        TaskTimes.Parse(Encoding.ASCII.GetBytes(text)).ShouldBe(new TaskTimes(cpuNs, switches));

    [Theory]
    [InlineData("")]
    [InlineData("1 2")]
    [InlineData("1 2 3 4")]
    [InlineData("a b c")]
    public void RefusesAnotherForm(string text) => TaskTimes.Parse(Encoding.ASCII.GetBytes(text)).ShouldBeNull();

    [Fact]
    public void CountsFromTheFirstSample()
    {
        var account = new TaskAccount();
        account.Take([(1, 1, new TaskTimes(1000, 10))]);
        account.CpuNs.ShouldBe(0);
        account.Take([(1, 1, new TaskTimes(1500, 13))]);
        account.CpuNs.ShouldBe(500);
        account.Switches.ShouldBe(3);
    }

    [Fact]
    public void KeepsWhatEndedTasksUsed()
    {
        var account = new TaskAccount();
        account.Take([(1, 1, new TaskTimes(1000, 1)), (1, 2, new TaskTimes(0, 0))]);
        account.Take([(1, 1, new TaskTimes(1000, 1)), (1, 2, new TaskTimes(700, 7))]);
        account.Take([(1, 1, new TaskTimes(1100, 2))]);
        account.CpuNs.ShouldBe(800);
    }

    [Fact]
    public void ARecycledPidDoesNotSubtract()
    {
        var account = new TaskAccount();
        account.Take([(1, 1, new TaskTimes(1_000_000, 100))]);
        account.Take([(1, 1, new TaskTimes(50, 1))]);
        account.CpuNs.ShouldBe(50);
        account.Switches.ShouldBe(1);
    }
}
