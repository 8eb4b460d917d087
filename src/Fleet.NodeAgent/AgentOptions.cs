using System.Globalization;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Security;
using Fleet.Hosting.Operations;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Safety;

namespace Fleet.NodeAgent;

/// <summary>What one node agent listens on, tunes and measures. Defaults suit a server host with one device.</summary>
public sealed record AgentOptions
{
    /// <summary>
    /// Where controllers connect: <c>HOST:PORT</c> or <c>unix:/PATH</c>. Default <c>127.0.0.1:7071</c>: reachable from this host
    /// only.
    /// </summary>
    public string Listen { get; init; } = "127.0.0.1:7071";

    /// <summary>Certificate of the agent; controllers show one too. Default none: plain text, on this host only.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>The node's name in reports. Default: the host name. 1 to 63 characters.</summary>
    public string Name { get; init; } = Environment.MachineName;

    /// <summary>
    /// Network device whose NAPI knobs are tuned, for example <c>eth0</c>. Required: the agent never guesses a device to write to.
    /// </summary>
    public string Device { get; init; } = "";

    /// <summary>Process ids of the server whose CPU time is measured. Empty (default): the whole host's CPU time.</summary>
    public IReadOnlyList<int> ServerPids { get; init; } = [];

    /// <summary>
    /// File with one process id per line, read again when a process is gone; added to <see cref="ServerPids"/>. Default: none.
    /// </summary>
    public string? ServerPidFile { get; init; }

    /// <summary>
    /// Power of an idle core, watts, for the model used when no energy sensor works. Default 0.74: average minimum per virtual core
    /// in the Cloud Carbon Footprint methodology's table for AWS, which averages SPECpower results. Range 0 to 1,000.
    /// </summary>
    public double IdleWattsPerCore { get; init; } = 0.74;

    /// <summary>Power of a busy core, watts. Default 3.5, the same table's average maximum. Range: above idle, up to 1,000.</summary>
    public double BusyWattsPerCore { get; init; } = 3.5;

    /// <summary>
    /// Cores that the measured server may use; the model's idle power counts each. Default 0: all cores of the host. Range 0 to
    /// 4,096.
    /// </summary>
    public double Cores { get; init; }

    /// <summary>
    /// Where the host's original values are kept while they are changed. Default: <c>/run/fleet/agent-DEVICE.journal</c>. It must outlive
    /// the agent but not a reboot (a reboot resets the knobs anyway).
    /// </summary>
    public string? JournalPath { get; init; }

    /// <summary>
    /// Control file of a server that runs with libfleet-busypoll.so: the agent writes the server's half of interrupt suspension there.
    /// Default: none, the server itself decides whether it prefers busy polling.
    /// </summary>
    public string? BusyPollControl { get; init; }

    /// <summary>
    /// Command that restores the host from <see cref="JournalPath"/>; a shell waits beside the agent and runs it when the agent dies
    /// without restoring. Empty: no such guard, the journal is replayed by the next start alone. Default: this program with
    /// <c>agent --restore</c>, filled in by the command line.
    /// </summary>
    public IReadOnlyList<string> RestoreCommand { get; init; } = [];

    /// <summary>
    /// Between read-backs that look for foreign writers and lost settings. Default 5 s. Range 0.1 s to 1 h. Cost: some system calls
    /// each.
    /// </summary>
    public TimeSpan VerifyInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a settled setting outlives its controller before the host relaxes to its originals. Default 30 min, ± 50 % by
    /// <see cref="Seed"/> so that a fleet does not relax all at once. Range 1 s to 7 days.
    /// </summary>
    public TimeSpan RelaxAfter { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Knobs that controllers may set: names of docs/knobs.md, or beginnings with <c>*</c>. Default: NAPI flush timeout, suspension,
    /// receive coalescing, frequency. The others are described and left alone.
    /// </summary>
    public IReadOnlyList<string> Knobs { get; init; } = KnobSelection.Default;

    /// <summary>How far the agent goes on a controller's word. Default: active.</summary>
    public AgentMode Mode { get; init; } = AgentMode.Active;

    /// <summary>While this file exists the host is at its originals and commands are refused. Default: none.</summary>
    public string? KillSwitchPath { get; init; }

    /// <summary>JSONL file that every change is appended to. Default: none.</summary>
    public string? AuditPath { get; init; }

    /// <summary>Least time between two changes; the way back is exempt. Default 2 s. Range 0 to 1 h.</summary>
    public TimeSpan ChangeInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Frequency through the processor's register instead of cpufreq, for hosts without a cpufreq driver. Default: no. Needs
    /// CAP_SYS_RAWIO and the msr module with allow_writes=on.
    /// </summary>
    public bool FrequencyByMsr { get; init; }

    /// <summary>
    /// Redfish power resource of the host's management controller, for calibration, for example
    /// <c>https://USER:PASSWORD@bmc/redfish/v1/Chassis/1/Power</c>. Default: none.
    /// </summary>
    public Uri? RedfishPower { get; init; }

    /// <summary>
    /// PEM file of the authority that signed the management controller's certificate. Default: the host's trusted authorities.
    /// </summary>
    public string? RedfishAuthority { get; init; }

    /// <summary>Seed of the relaxation jitter. Default 0: derived from <see cref="Name"/>.</summary>
    public int Seed { get; init; }

    /// <summary>Root under which sysfs is read and written. Default <c>/sys</c>.</summary>
    public string SysfsRoot { get; init; } = "/sys";

    /// <summary>Root under which procfs is read. Default <c>/proc</c>.</summary>
    public string ProcfsRoot { get; init; } = "/proc";

    /// <summary>Where /metrics, /healthz and /readyz answer. Default: nowhere; the command line gives 127.0.0.1:7483.</summary>
    public OperationsOptions Operations { get; init; } = OperationsOptions.Off;

    /// <summary>Root under which device files are opened. Default <c>/dev</c>.</summary>
    public string DevRoot { get; init; } = "/dev";

    /// <summary>The journal's place, with the default filled in.</summary>
    public string EffectiveJournalPath => JournalPath ?? $"/run/fleet/agent-{Device}.journal";

    /// <summary>
    /// Every problem of these options, one line each with the value, the legal range and the next step; empty when usable.
    /// </summary>
    /// <param name="needsDevice">Whether a device has to be named; a description goes without.</param>
    public IReadOnlyList<string> Validate(bool needsDevice = true)
    {
        var problems = new List<string>();
        void Check(bool legal, string problem)
        {
            if (!legal)
            {
                problems.Add(problem);
            }
        }

        Check(ListenAddress.TryParse(Listen, out _), $"listen address '{Listen}' is not legal; legal: {ListenAddress.Rule}");
        problems.AddRange(new[] { ListenAddress.Problem(Listen, Tls is not null) }.OfType<string>());
        Check(Name.Length is >= 1 and <= 63, $"name '{Name}' has {Name.Length} characters; legal: 1 to 63");
        bool legalName = Device.Length is >= 1 and <= 15
            && !Device.Any(c => c is '/' or ':' || char.IsWhiteSpace(c)) && Device is not ("." or "..");
        Check(
            legalName || (Device.Length == 0 && !needsDevice),
            Device.Length == 0 ? "no device; name the network device to tune, for example --device eth0 (ip -br link lists them)"
                : $"device '{Device}' is no device name; legal: 1 to 15 characters without '/', ':' and spaces");
        problems.AddRange(ServerPids.Where(p => p < 1).Select(p => string.Create(
            CultureInfo.InvariantCulture, $"server pid {p} is no process id; legal: 1 and above")));
        Check(IdleWattsPerCore is >= 0 and <= 1000, Invariant($"idle watts per core {IdleWattsPerCore} out of range; legal: 0 to 1000"));
        Check(
            BusyWattsPerCore <= 1000 && BusyWattsPerCore > IdleWattsPerCore,
            Invariant($"busy watts per core {BusyWattsPerCore} out of range; legal: above idle ({IdleWattsPerCore}), up to 1000"));
        Check(Cores is >= 0 and <= 4096, Invariant($"cores {Cores} out of range; legal: 0 (all) to 4096"));
        Check(
            VerifyInterval >= TimeSpan.FromMilliseconds(100) && VerifyInterval <= TimeSpan.FromHours(1),
            $"verify interval {VerifyInterval} out of range; legal: 0.1 s to 1 h");
        Check(
            RelaxAfter >= TimeSpan.FromSeconds(1) && RelaxAfter <= TimeSpan.FromDays(7),
            $"relax after {RelaxAfter} out of range; legal: 1 s to 7 days");
        problems.AddRange(KnobSelection.Check(Knobs));
        Check(
            ChangeInterval >= TimeSpan.Zero && ChangeInterval <= TimeSpan.FromHours(1),
            $"change interval {ChangeInterval} out of range; legal: 0 to 1 h");
        Check(Enum.IsDefined(Mode), $"mode {Mode} is unknown; legal: observe, recommend, canary, active");
        Check(
            RedfishPower is null || RedfishPower is { IsAbsoluteUri: true, Scheme: "http" or "https" },
            "the Redfish address is no http or https URL; legal: https://USER:PASSWORD@HOST/redfish/v1/Chassis/ID/Power");
        Check(
            RedfishAuthority is null || File.Exists(RedfishAuthority),
            $"redfish-ca '{RedfishAuthority}' does not exist; give the PEM file of the authority that signed the management controller");
        Check(Directory.Exists(SysfsRoot), $"sysfs root '{SysfsRoot}' is no directory; give the mount point of sysfs (default /sys)");
        Check(Directory.Exists(ProcfsRoot), $"procfs root '{ProcfsRoot}' is no directory; give the mount point of procfs (default /proc)");
        Check(
            ServerPidFile is null || File.Exists(ServerPidFile),
            $"server pid file '{ServerPidFile}' does not exist; start the server first or give --server-pid");
        problems.AddRange(Operations.Validate());
        return problems;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
