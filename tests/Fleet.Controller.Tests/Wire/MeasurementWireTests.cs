using Fleet.Controller.Wire;

namespace Fleet.Controller.Tests.Wire;

public class MeasurementWireTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);

    [Fact]
    public void AReadingEndedAsLongBeforeItsArrivalAsTheAgentKeptIt()
    {
        Reading(keptMs: 0).ToCore(Now).End.ShouldBe(Now);
        Reading(keptMs: 750).ToCore(Now).End.ShouldBe(Now.AddMilliseconds(-750));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(3_600_001)]
    public void AnAbsurdTimeIsRefused(double keptMs) =>
        Should.Throw<ArgumentException>(() => Reading(keptMs).ToCore(Now)).Message.ShouldStartWith("kept reading: duration is ");

    private static V1.NodeReading Reading(double keptMs) => new() { DurationMs = 250, KeptMs = keptMs, Setting = new V1.Setting() };
}
