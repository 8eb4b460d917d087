using System.Buffers.Binary;
using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// A fixed frequency through the processor's own register, as BayOp does: IA32_PERF_CTL (0x199), target ratio in bits 15:8, 100 MHz a step
/// (Intel SDM volume 4). Only for hosts without a cpufreq driver: it fights with intel_pstate, and with hardware P-states the processor
/// ignores it. Opt-in.
/// </summary>
internal sealed class MsrFrequencyDriver(IHostFiles files, string devRoot, ProcessCapabilities capabilities) : IKnobDriver
{
    private const long PerformanceControl = 0x199;
    private const long PlatformInfo = 0xCE;
    private const int RatioShift = 8;
    private const ulong RatioMask = 0xFF;
    private const int LowestRatioShift = 40;
    private const int MhzPerRatio = 100;

    private readonly string _cpu = Path.Combine(devRoot, "cpu");

    /// <inheritdoc/>
    public string Name => "msr";

    /// <inheritdoc/>
    public KnobCost Cost => KnobCost.Clock;

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe()
    {
        try
        {
            string[] registers = [.. Registers()];
            if (registers.Length == 0)
            {
                return [KnobDescription.Absent(KnobNames.Frequency, $"'{_cpu}/0/msr' does not exist; modprobe msr makes it")];
            }

            if (!capabilities.RawIo)
            {
                return [KnobDescription.Absent(KnobNames.Frequency, "model-specific registers need CAP_SYS_RAWIO")];
            }

            ulong info = Read(registers[0], PlatformInfo);
            long highest = (long)(info >> RatioShift & RatioMask), lowest = (long)(info >> LowestRatioShift & RatioMask);
            if (lowest <= 0 || highest < lowest)
            {
                return [KnobDescription.Absent(KnobNames.Frequency, $"register 0xCE is 0x{info:x}: no Intel processor with fixed ratios")];
            }

            long[] now = [.. registers.Select(r => (long)(Read(r, PerformanceControl) >> RatioShift & RatioMask)).Distinct()];
            long[] legal = [.. Enumerable.Range((int)lowest, (int)(highest - lowest + 1)).Select(r => (long)r * MhzPerRatio)];
            return
            [
                new(
                    new Knob(KnobNames.Frequency, [.. legal], KnobScale.Linear), KnobAvailability.Available, "",
                    now is [> 0] ? now[0] * MhzPerRatio : null),
            ];
        }
        catch (KnobException e)
        {
            return [KnobDescription.Absent(KnobNames.Frequency, e.Message)];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Snapshot() =>
        Registers().ToDictionary(Place, r => Read(r, PerformanceControl).ToString("x", CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        ulong ratio = (ulong)(values[KnobNames.Frequency] / MhzPerRatio);
        foreach (string register in Registers())
        {
            ulong now = Read(register, PerformanceControl);
            Write(register, (now & ~(RatioMask << RatioShift)) | (ratio << RatioShift));
            ulong found = Read(register, PerformanceControl) >> RatioShift & RatioMask;
            if (found != ratio)
            {
                throw new KnobException($"{Place(register)}: wrote ratio {ratio}, reads back {found}; msr.allow_writes=on may be missing");
            }
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> snapshot)
    {
        foreach (string register in Registers())
        {
            if (ulong.TryParse(
                snapshot.GetValueOrDefault(Place(register)), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong value))
            {
                Write(register, value);
            }
        }
    }

    /// <inheritdoc/>
    public string Identity() => string.Join(',', Registers().Select(Place));

    private IEnumerable<string> Registers() => files.Entries(_cpu, "*").Select(c => Path.Combine(c, "msr")).Where(files.Exists);

    private static string Place(string register) => $"cpu{Path.GetFileName(Path.GetDirectoryName(register))}.0x199";

    private static ulong Read(string register, long address)
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(register);
            Span<byte> bytes = stackalloc byte[sizeof(ulong)];
            return RandomAccess.Read(file, bytes, address) == sizeof(ulong)
                ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : throw new IOException("short read");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KnobException($"'{register}' register 0x{address:x} cannot be read: {e.Message}; CAP_SYS_RAWIO is needed", e);
        }
    }

    private static void Write(string register, ulong value)
    {
        try
        {
            using var file = File.OpenHandle(register, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            Span<byte> bytes = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            RandomAccess.Write(file, bytes, PerformanceControl);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KnobException(
                $"'{register}' register 0x199 refused 0x{value:x}: {e.Message}; CAP_SYS_RAWIO and msr.allow_writes=on are needed, and "
                + "kernel lockdown forbids it", e);
        }
    }
}
