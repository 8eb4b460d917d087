using Fleet.Core.Control;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class TroubleWatchTests
{
    private static readonly Sla Promise = new(99, 500);
    private readonly TroubleWatch _watch = new(new TunerOptions());
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void ASliceOverTheSlaIsTroubleForThreeSlices()
    {
        Feed(60, 1);
        _watch.InTrouble(_now).ShouldBeFalse();
        Feed(600, 1);
        _watch.InTrouble(_now).ShouldBeTrue();
        Feed(60, 3);
        _watch.InTrouble(_now).ShouldBeTrue();
        Feed(60, 1);
        _watch.InTrouble(_now).ShouldBeFalse();
    }

    [Fact]
    public void ATailFarOverTheUsualOneIsTroubleAlsoBelowTheSla()
    {
        Feed(60, 8);
        Feed(120, 1);
        _watch.InTrouble(_now).ShouldBeTrue();
    }

    [Fact]
    public void WhatIsUsualFollowsTheSettingAndTheDrift()
    {
        Feed(60, 7);
        Feed(120, 1);
        _watch.InTrouble(_now).ShouldBeFalse("seven slices say nothing about what is usual");
        Feed(120, 30);
        _watch.InTrouble(_now).ShouldBeFalse("the longer tail has become the usual one");
        _watch.Reset();
        Feed(240, 4);
        _watch.InTrouble(_now).ShouldBeFalse("another setting has another tail");
    }

    private void Feed(double latencyUs, int slices)
    {
        for (int i = 0; i < slices; i++)
        {
            _watch.Add(PoolBench.TrafficOf(_now, 2000, latencyUs), Promise, _now += PoolBench.Slice);
        }
    }
}
