using Fleet.Lab.Lab;

namespace Fleet.Lab.Tests.Lab;

public class ProcessIdentityTests
{
    [Fact]
    public void ReadsPastANameWithBlanksAndParentheses() =>
        ProcessIdentity.Parse(5, "5 (a) b (c)) S 1 5 5 0 -1 4194560 0 0 0 0 1 2 0 0 20 0 1 0 98765 0 0")
            .ShouldBe(new ProcessIdentity(5, 98765));

    [Fact]
    public void AZombieIsNoProcess() =>
        ProcessIdentity.Parse(5, "5 (x) Z 1 5 5 0 -1 4194560 0 0 0 0 1 2 0 0 20 0 1 0 98765 0 0").ShouldBeNull();

    [Fact]
    public void KnowsItself()
    {
        ProcessIdentity self = ProcessIdentity.Of(Environment.ProcessId).ShouldNotBeNull();
        self.Alive.ShouldBeTrue();
        (self with { StartTicks = self.StartTicks + 1 }).Alive.ShouldBeFalse();
        ProcessIdentity.Of(int.MaxValue).ShouldBeNull();
    }
}
