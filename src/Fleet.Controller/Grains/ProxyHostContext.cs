using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Grains;

/// <summary>What the proxies' workers get from their host.</summary>
/// <param name="Epoch">Least epoch of removals: that of the only controller, 0 where leases have their own.</param>
/// <param name="Time">Clock and timers.</param>
/// <param name="Logger">Log of the workers.</param>
internal sealed record ProxyHostContext(ulong Epoch, TimeProvider Time, ILogger Logger);
