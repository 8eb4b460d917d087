namespace Fleet.Lab.Demo;

/// <summary>What both cores of the lab have done so far, for the share that they are busy between two looks.</summary>
/// <param name="ProxyCore">The proxy's core.</param>
/// <param name="ServerCore">The core of servers and load.</param>
/// <param name="IdleClassCpu">CPU time of controller and agents, which get of the proxy's core only what nobody else wants.</param>
/// <param name="At">When, by a clock that never goes back.</param>
internal readonly record struct FitLook(CoreTimes? ProxyCore, CoreTimes? ServerCore, TimeSpan IdleClassCpu, TimeSpan At)
{
    /// <summary>Busy shares since an earlier look, 0 to 1, the idle class left out; null where the system does not tell them.</summary>
    public (double ProxyBusy, double ServerBusy)? Since(FitLook earlier)
    {
        double idleClass = (IdleClassCpu - earlier.IdleClassCpu) / (At - earlier.At);
        return CoreTimes.BusyRatio(earlier.ProxyCore, ProxyCore) is { } proxy && CoreTimes.BusyRatio(earlier.ServerCore, ServerCore) is { } server
            ? (Math.Max(proxy - idleClass, 0), server)
            : null;
    }
}
