using Fleet.Lab.Demo;

namespace Fleet.Lab.Tests.Demo;

public class CoreTimesTests
{
    private const string Stat = "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 10 0 20 60 10 0 5 0 0 0\ncpu1 100 1 2 3 4 5 6 7 50 0\nintr 5\n";

    [Theory]
    [InlineData(0, 35, 105)]
    [InlineData(1, 121, 128)]
    public void BusyIsEverythingButIdleAndWaitingAndGuestTimeCountsOnce(int core, long busy, long all) =>
        CoreTimes.Parse(Stat, core).ShouldBe(new CoreTimes(busy, all));

    [Theory]
    [InlineData(Stat, 2)]
    [InlineData("", 0)]
    [InlineData("cpu0 1 2 x 4 5 6 7 8\n", 0)]
    [InlineData("cpu0 1 2 3\n", 0)]
    public void AnotherTextHasNoTimes(string text, int core) => CoreTimes.Parse(text, core).ShouldBeNull();

    [Fact]
    public void TheBusyShareIsThatOfTheTimeBetween()
    {
        new CoreTimes(175, 400).BusyRatioSince(new CoreTimes(100, 300)).ShouldBe(0.75);
        new CoreTimes(100, 300).BusyRatioSince(new CoreTimes(100, 300)).ShouldBeNull();
    }

    [Fact]
    public void ThisMachineTellsItsFirstCore() => CoreTimes.Read(0).ShouldNotBeNull().All.ShouldBeGreaterThan(0);
}
