namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// Power estimated from CPU time: average watts = idle + utilisation · (busy − idle) per core, the linear model of SPECpower-based
/// estimates (Cloud Carbon Footprint methodology, "Compute"). It knows nothing of frequency, idle states or memory, and is always
/// reported as a model.
/// </summary>
/// <param name="IdleWattsPerCore">Power of an idle core.</param>
/// <param name="BusyWattsPerCore">Power of a busy core.</param>
/// <param name="Cores">Cores that the server may use.</param>
internal sealed record CpuPowerModel(double IdleWattsPerCore, double BusyWattsPerCore, double Cores)
{
    /// <summary>Energy of a span: monotone in both arguments.</summary>
    internal double Joules(TimeSpan elapsed, TimeSpan cpu) =>
        (IdleWattsPerCore * Cores * elapsed.TotalSeconds) + ((BusyWattsPerCore - IdleWattsPerCore) * cpu.TotalSeconds);
}
