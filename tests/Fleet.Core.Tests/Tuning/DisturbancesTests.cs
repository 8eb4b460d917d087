using Fleet.Core.Knobs;
using Fleet.Core.Search;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class DisturbancesTests
{
    private static readonly SearchDecision Nothing = ScriptedSearch.Settle(Setting.Default);
    private readonly Disturbances _disturbances = new(new TunerOptions());

    [Fact]
    public void AWindowIsRepeatedThreeTimesThenTakenAsItIs()
    {
        Enumerable.Range(0, 4).Select(_ => _disturbances.TryRepeat()).ShouldBe([true, true, true, false]);
        _disturbances.WindowTaken();
        _disturbances.TryRepeat().ShouldBeTrue("the next window has its own repeats");
    }

    [Fact]
    public void ASearchThatDisturbedWindowsEndedIsTriedAgainSoonerThanAnyOther()
    {
        _disturbances.BeginSearch();
        _disturbances.TryRepeat();
        double[] rests = [.. Enumerable.Range(0, 7).Select(_ => _disturbances.AfterSearch(Nothing, 12))
            .Select(a => a.Again ? a.Pause.TotalSeconds : -1)];
        rests.ShouldBe([15, 30, 60, 120, 240, 300, 300]);
    }

    [Fact]
    public void ACalmSearchOfFewWindowsIsTriedTwiceAndALongOneNever()
    {
        _disturbances.BeginSearch();
        _disturbances.AfterSearch(Nothing, 12).ShouldBe((TimeSpan.FromSeconds(300), false));
        _disturbances.Forget();
        Enumerable.Range(0, 3).Select(_ => _disturbances.AfterSearch(Nothing, 2).Again).ShouldBe([true, true, false]);
        _disturbances.AfterSearch(ScriptedSearch.Settle(PoolBench.Timer(200)), 2).ShouldBe((TimeSpan.FromSeconds(300), false));
        _disturbances.AfterSearch(Nothing, 2).Again.ShouldBeTrue("a success forgives what failed before");
    }

    [Fact]
    public void TheThirdReturnWithoutACleanWindowIsNotExcused()
    {
        _disturbances.Excuses(false).ShouldBeTrue();
        Enumerable.Range(0, 3).Select(_ => _disturbances.Excuses(true)).ShouldBe([true, true, false]);
        _disturbances.Excuses(false).ShouldBeTrue();
        _disturbances.Excuses(true).ShouldBeTrue();
    }
}
