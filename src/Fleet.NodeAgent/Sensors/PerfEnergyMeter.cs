using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Fleet.Core.Measurement;
using Fleet.NodeAgent.Host;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// Package energy from the perf event <c>power/energy-pkg/</c> (perf_event_open(2)), one counter per package: for hosts whose kernel has the
/// events and no powercap files. The kernel's 64-bit counter does not wrap. Needs CAP_PERFMON, or perf_event_paranoid 0 and below.
/// </summary>
internal sealed partial class PerfEnergyMeter(string sysfsRoot) : IEnergyMeter, IDisposable
{
    private const nint PerfEventOpen = 298;
    private const nint PerfEventOpenArm = 241;
    private const int AttributeBytes = 64;
    private const nuint CloseOnExec = 8;

    private readonly string _folder = Path.Combine(sysfsRoot, "bus/event_source/devices/power");
    private readonly List<(int Descriptor, EnergyCounter Counter)> _packages = [];
    private double _scale;
    private bool _opened;

    /// <inheritdoc/>
    public string Name => "perf-package";

    /// <inheritdoc/>
    public PowerSource Source => PowerSource.Rapl;

    /// <inheritdoc/>
    public ReadingQuality Quality => ReadingQuality.Measured;

    /// <inheritdoc/>
    public double Joules => _packages.Sum(p => p.Counter.Joules);

    /// <inheritdoc/>
    public string Reason { get; private set; } = "not sampled";

    /// <inheritdoc/>
    public bool Sample(TimeSpan now)
    {
        if (!_opened)
        {
            _opened = true;
            Reason = Open();
        }

        Span<byte> value = stackalloc byte[sizeof(ulong)];
        foreach ((int descriptor, EnergyCounter counter) in _packages)
        {
            if (Read(descriptor, value, value.Length) != value.Length)
            {
                counter.Lost();
                Reason = $"power/energy-pkg/ cannot be read: {Marshal.GetLastPInvokeErrorMessage()}";
                return false;
            }

            double joules = BinaryPrimitives.ReadUInt64LittleEndian(value) * _scale;
            counter.Take(now, joules, 0);
            if (counter.StandsStill(now))
            {
                Reason = $"power/energy-pkg/ stands still at {joules:0.###} J: the firmware or hypervisor does not count";
                return false;
            }
        }

        if (_packages.Count > 0)
        {
            Reason = "";
        }

        return _packages.Count > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _packages.ForEach(p => _ = NativeMethods.Close(p.Descriptor));
        _packages.Clear();
    }

    private string Open()
    {
        string? config = Text("events/energy-pkg")?.Split("event=0x").LastOrDefault();
        if (Text("type") is not { } type || config is null)
        {
            return $"'{_folder}/events/energy-pkg' does not exist: the processor or hypervisor does not offer the event";
        }

        if (!uint.TryParse(type, NumberStyles.None, CultureInfo.InvariantCulture, out uint kind)
            || !ulong.TryParse(config, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong code)
            || !double.TryParse(Text("events/energy-pkg.scale"), NumberStyles.Float, CultureInfo.InvariantCulture, out _scale))
        {
            return $"'{_folder}' describes energy-pkg in words that this agent does not know";
        }

        Span<byte> attribute = stackalloc byte[AttributeBytes];
        foreach (int cpu in CpuList.Parse(Text("cpumask") ?? ""))
        {
            attribute.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(attribute, kind);
            BinaryPrimitives.WriteUInt32LittleEndian(attribute[4..], AttributeBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(attribute[8..], code);
            nint number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? PerfEventOpenArm : PerfEventOpen;
            int descriptor = (int)Call(number, attribute, -1, cpu, -1, CloseOnExec);
            if (descriptor < 0)
            {
                string why = $"perf_event_open for power/energy-pkg/: {Marshal.GetLastPInvokeErrorMessage()}; give the agent CAP_PERFMON, "
                    + "or set kernel.perf_event_paranoid to 0";
                Dispose();
                return why;
            }

            _packages.Add((descriptor, new EnergyCounter()));
        }

        return "";
    }

    private string? Text(string name)
    {
        using var file = new HostFile(Path.Combine(_folder, name));
        return file.Text();
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, Span<byte> attribute, int pid, int cpu, int group, nuint flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, Span<byte> bytes, nint length);
}
