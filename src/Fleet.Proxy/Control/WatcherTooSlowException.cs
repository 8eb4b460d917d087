namespace Fleet.Proxy.Control;

/// <summary>A watcher did not keep up with the slices and was dropped; it may watch again.</summary>
internal sealed class WatcherTooSlowException()
    : Exception($"the watcher was more than {TelemetryHub.WatcherBacklog} slices behind and was dropped; watch again and read faster");
