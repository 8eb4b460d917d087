using Fleet.Lab.Report;

namespace Fleet.Lab.Tests.Report;

public class ComparisonTests
{
    [Fact]
    public void SavingsAreOfTotalsAndTheIntervalHoldsThem()
    {
        ReportWindow[] windows =
        [
            SampleReport.Window(1, true, 10), SampleReport.Window(1, false, 20),
            SampleReport.Window(2, false, 30, requests: 3000), SampleReport.Window(2, true, 12, requests: 3000),
        ];
        Comparison comparison = Comparison.Of(windows)!;

        comparison.KernelDefault.CpuUsPerRequest.ShouldBe((20_000 + 90_000) / 4000.0);
        comparison.Tuned.CpuUsPerRequest.ShouldBe((10_000 + 36_000) / 4000.0);
        comparison.CpuSavedRatio!.Value.ShouldBe(1 - (46_000.0 / 110_000), 1e-9);
        comparison.CpuSavedLow!.Value.ShouldBe(0.5, 1e-9);
        comparison.CpuSavedHigh!.Value.ShouldBe(0.6, 1e-9);
        comparison.PowerSavedRatio.ShouldBe(0.5);
        comparison.Tuned.NodeP99Us.ShouldBe(120);
    }

    [Fact]
    public void WithoutBothSidesThereIsNothingToCompare()
    {
        Comparison.Of([]).ShouldBeNull();
        Comparison.Of([SampleReport.Window(1, true, 10)]).ShouldBeNull();
    }

    [Fact]
    public void UnknownCpuStaysUnknown()
    {
        ReportWindow[] windows =
            [SampleReport.Window(1, true, 10) with { ServerCpuUs = null, CpuUsPerRequest = null }, SampleReport.Window(1, false, 20)];
        Comparison comparison = Comparison.Of(windows)!;
        comparison.CpuSavedRatio.ShouldBeNull();
        comparison.CpuSavedLow.ShouldBeNull();
        comparison.Tuned.CpuUsPerRequest.ShouldBeNull();
    }
}
