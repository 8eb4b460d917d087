using Fleet.Lab.Demo;

namespace Fleet.Lab.Tests.Demo;

public class FitLookTests
{
    [Fact]
    public void WhatTheIdleClassTakesIsNotCounted()
    {
        var before = new FitLook(new CoreTimes(100, 1000), new CoreTimes(50, 1000), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(7));
        var after = new FitLook(new CoreTimes(280, 1200), new CoreTimes(150, 1200), TimeSpan.FromSeconds(3.5), TimeSpan.FromSeconds(9));
        (double ProxyBusy, double ServerBusy) busy = after.Since(before)!.Value;
        busy.ProxyBusy.ShouldBe(0.9 - 0.25, 1e-9);
        busy.ServerBusy.ShouldBe(0.5, 1e-9);
    }

    [Fact]
    public void WithoutCountsThereIsNoShare()
    {
        var nothing = new FitLook(null, new CoreTimes(50, 1000), TimeSpan.Zero, TimeSpan.Zero);
        nothing.Since(nothing).ShouldBeNull();
    }
}
