using Fleet.Core.Knobs;
using Fleet.Core.Search;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

/// <summary>A search that has no answer yet, or no time for more nodes.</summary>
public class SlowSearchTests
{
    [Fact]
    public void AnAnswerThatComesLaterLeadsToTheSameSetting()
    {
        var slow = new SlowSearch { Delay = 3 };
        var bench = new PoolBench(slow).WithNodes("a");
        bool waited = false;
        bench.Run(90, () =>
        {
            waited |= bench.Node("a") is { Phase: TunerPhase.Propose, Reason: "waiting for the model" };
            return bench.Node("a") is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false };
        }).ShouldBeTrue();
        waited.ShouldBeTrue();
        bench.Node("a").SettledSetting.ShouldBe(PoolBench.Timer(400));
    }

    [Fact]
    public void NoSearchStartsWhileTheModelIsBusy()
    {
        var slow = new SlowSearch { Busy = true };
        var bench = new PoolBench(slow).WithNodes("a");
        bench.Run(30);
        bench.Decisions.ShouldNotContain(d => d.Kind == "probe");
        slow.Busy = false;
        bench.Run(60, () => bench.Decisions.Any(d => d.Kind == "probe")).ShouldBeTrue();
    }

    private sealed class SlowSearch : ISettingSearch
    {
        private readonly ScriptedSearch _inner = new();
        private int _asked;

        public int Delay { get; init; }

        public bool Busy { get; set; }

        public string Name => "slow";

        public SearchDecision? Next(SearchRequest request) => _asked++ % (Delay + 1) < Delay ? null : _inner.Next(request);

        public SettingPrediction? Predict(SearchRequest request, Setting setting) => null;
    }
}
