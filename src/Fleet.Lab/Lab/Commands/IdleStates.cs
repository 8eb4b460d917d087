using Microsoft.Win32.SafeHandles;

namespace Fleet.Lab.Lab.Commands;

/// <summary>
/// Keeps every core out of idle states that take time to leave, as a server's latency profile does: the kernel's PM QoS request for a
/// wake-up latency of 0 µs (Documentation/power/pm_qos_interface.rst). A halted virtual core wakes 10 to 25 µs late and costs whoever wakes
/// it a call into its host, which a real core does not: without the request a lab measures its hypervisor. The kernel drops the request
/// when the file is closed, so also when this process is killed.
/// </summary>
public sealed class IdleStates : IDisposable
{
    private const string Device = "/dev/cpu_dma_latency";
    private readonly SafeFileHandle _request;

    private IdleStates(SafeFileHandle request) => _request = request;

    /// <summary>Makes the request; null where the kernel has no such file or refuses it.</summary>
    public static IdleStates? TryForbid() => TryForbid(Device);

    /// <summary>The same with another file.</summary>
    internal static IdleStates? TryForbid(string device)
    {
        SafeFileHandle? request = null;
        try
        {
            request = File.OpenHandle(device, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(request, new byte[sizeof(int)], 0);
            return new IdleStates(request);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            request?.Dispose();
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _request.Dispose();
}
