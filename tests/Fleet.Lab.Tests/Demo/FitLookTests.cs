using Fleet.Lab.Demo;

namespace Fleet.Lab.Tests.Demo;

public class FitLookTests
{
    [Fact]
    public void WhatTheIdleClassTakesIsNotCounted()
    {
        TimeProvider time = TimeProvider.System;
        var before = new FitLook(new CoreTimes(100, 1000), new CoreTimes(50, 1000), TimeSpan.FromSeconds(3), 0, time);
        var after = new FitLook(
            new CoreTimes(280, 1200), new CoreTimes(150, 1200), TimeSpan.FromSeconds(3.5), 2 * time.TimestampFrequency, time);
        (double ProxyBusy, double ServerBusy) busy = after.Since(before)!.Value;
        busy.ProxyBusy.ShouldBe(0.9 - 0.25, 1e-9);
        busy.ServerBusy.ShouldBe(0.5, 1e-9);
    }

    [Fact]
    public void WithoutCountsThereIsNoShare()
    {
        var nothing = new FitLook(null, new CoreTimes(50, 1000), TimeSpan.Zero, 0, TimeProvider.System);
        nothing.Since(nothing).ShouldBeNull();
    }
}
