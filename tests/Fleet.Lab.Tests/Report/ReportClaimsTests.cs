using Fleet.Lab.Report;

namespace Fleet.Lab.Tests.Report;

public class ReportClaimsTests
{
    private static readonly HeldWindows[] Kept = [new(500, 60, 58, 1000, 995), new(200, 40, 38, 1000, 992)];

    [Fact]
    public void AGoodRunHoldsEveryClaim() => Judge(10, Kept, 0).ShouldAllBe(c => c.Holds);

    [Theory]
    [InlineData(14, 0, "cpu-saved")]
    [InlineData(10, 1, "no-failed-requests")]
    public void ABadFigureBreaksItsClaimAlone(double tunedCpuUs, long failed, string broken) =>
        Judge(tunedCpuUs, Kept, failed).Where(c => !c.Holds).Select(c => c.Name).ShouldBe([broken]);

    [Fact]
    public void HeldWindowsOfAllPromisesCount() =>
        Judge(10, [Kept[0], new(200, 40, 36, 1000, 900)], 0).Single(c => !c.Holds).Name.ShouldBe("promise-kept");

    [Fact]
    public void WhatWasNotMeasuredDoesNotHold() =>
        ReportClaims.Judge(null, [], 0, 500).Where(c => c.Holds).Select(c => c.Name).ShouldBe(["no-failed-requests"]);

    [Fact]
    public void OnlyTheSavingDoesNotDecideTheExitCode() =>
        Judge(10, Kept, 0).Where(c => !c.DecidesExit).Select(c => c.Name).ShouldBe(["cpu-saved"]);

    private static IReadOnlyList<DemoClaim> Judge(double tunedCpuUs, IReadOnlyList<HeldWindows> held, long failed) => ReportClaims.Judge(
        Comparison.Of([SampleReport.Window(1, true, tunedCpuUs), SampleReport.Window(1, false, 20)]), held, failed, 500);
}
