using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Fleet.Hosting.Metrics;

/// <summary>What every service says of itself: build, readiness, and the process's figures under the names that Prometheus' libraries
/// share.</summary>
internal static class ProcessMetrics
{
    /// <summary>Adds the instruments.</summary>
    public static void AddTo(ServiceMeter meter, Func<bool> ready, TimeProvider time)
    {
        string version = typeof(ProcessMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "unknown";
        DateTimeOffset configured = time.GetUtcNow();
        meter.Observe(MetricNames.BuildInfo, () => [new Sample(1, meter.Service, version, RuntimeInformation.FrameworkDescription)]);
        meter.Observe(MetricNames.Ready, () => ready() ? 1 : 0);
        meter.Observe(MetricNames.ConfigLoadTime, () => configured.ToUnixTimeMilliseconds() / 1000.0);
        meter.Observe(MetricNames.ProcessCpu, () => Environment.CpuUsage.TotalTime.TotalSeconds);
        meter.Observe(MetricNames.ProcessResident, () => Environment.WorkingSet);
        using var self = Process.GetCurrentProcess();
        double started = new DateTimeOffset(self.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0;
        meter.Observe(MetricNames.ProcessStart, () => started);
        meter.Observe(MetricNames.ProcessOpenFiles, () => OpenFiles() is { } open ? [new Sample(open)] : []);
    }

    private static int? OpenFiles()
    {
        try
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
