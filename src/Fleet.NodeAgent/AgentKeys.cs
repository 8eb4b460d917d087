using Fleet.Hosting.Configuration;
using Fleet.Hosting.Errors;
using Fleet.NodeAgent.Safety;

namespace Fleet.NodeAgent;

/// <summary>The agent's options as flags, variables and keys of its configuration file.</summary>
public static class AgentKeys
{
    private const string DefaultMetricsListen = "127.0.0.1:7483";

    /// <summary>The service's options.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        new("listen", "ADDRESS", "where controllers connect: ADDRESS:PORT or unix:/PATH (default 127.0.0.1:7071)"),
        new("name", "NAME", "the node's name in reports (default: the host name)"),
        new("device", "DEVICE", "network device whose knobs are tuned; required"),
        new("server-pid", "PID", "process whose CPU time is measured; give it once per process (default: the whole host)", Many: true),
        new("server-pid-file", "FILE", "file with one process id per line, added to --server-pid"),
        new("idle-watts", "WATTS", "power of an idle core in the model, 0 to 1000 (default 0.74)"),
        new("busy-watts", "WATTS", "power of a busy core in the model, above idle, up to 1000 (default 3.5)"),
        new("cores", "COUNT", "cores that the server may use, 0 to 4096 (default 0: all)"),
        new("journal", "FILE", "keeps the host's originals (default /run/fleet/agent-DEVICE.journal)"),
        new("busy-poll-control", "FILE", "control file of a server that runs with the busy poll library"),
        new("verify-interval", "DURATION", "between read-backs that look for foreign writers, 100ms to 1h (default 5s)"),
        new("knobs", "NAMES", "knobs that controllers may set, with commas or given again; a trailing * matches the rest "
            + "(default napi.gro_flush_timeout_us,napi.irq_suspend_timeout_us,coalesce.rx_usecs,cpu.frequency_mhz)", Many: true),
        new("mode", "MODE", "observe: only watch; recommend: audit what would be done; canary: every setting ends with its lease; "
            + "active (default)"),
        new("kill-switch", "FILE", "while this file exists the originals are in force (default /run/fleet/kill)"),
        new("audit", "FILE", "every change, one JSON object a line (default: beside the journal, agent-DEVICE.audit.jsonl)"),
        new("change-interval", "DURATION", "least time between two changes, 0 to 1h (default 2s); the way back is exempt"),
        new("frequency-backend", "NAME", "cpufreq (default), or msr: the processor's register, which needs CAP_SYS_RAWIO"),
        new("redfish", "URL", "power resource of the management controller, for calibration"),
        new("redfish-ca", "FILE", "authority that signed its certificate (PEM; default: the host's trusted authorities)"),
        new("sysfs", "FOLDER", "mount point of sysfs (default /sys)"),
        new("procfs", "FOLDER", "mount point of procfs (default /proc)"),
        new("relax-after", "DURATION", "how long a settled setting outlives its controller, 1s to 7d (default 30min)"),
        OperationsKeys.MetricsListen(DefaultMetricsListen),
        OperationsKeys.OtlpEndpoint,
        .. TlsKeys.All,
    ];

    private static readonly Dictionary<string, AgentMode> Modes =
        Enum.GetValues<AgentMode>().ToDictionary(m => m.ToString().ToLowerInvariant());

    private static readonly Dictionary<string, bool> Backends = new() { ["cpufreq"] = false, ["msr"] = true };

    /// <summary>The options as a whole.</summary>
    /// <exception cref="StartupException">Every problem.</exception>
    public static AgentOptions Read(RawOptions raw, bool needsDevice)
    {
        ArgumentNullException.ThrowIfNull(raw);
        var defaults = new AgentOptions();
        var problems = new List<string>();
        var options = new AgentOptions
        {
            Listen = raw.Text("listen", defaults.Listen),
            Name = raw.Text("name", defaults.Name),
            Device = raw.Text("device", defaults.Device),
            ServerPids = [.. raw.Texts("server-pid").Select(text => Pid(text, problems))],
            ServerPidFile = raw.Text("server-pid-file", null),
            IdleWattsPerCore = raw.Number("idle-watts", defaults.IdleWattsPerCore),
            BusyWattsPerCore = raw.Number("busy-watts", defaults.BusyWattsPerCore),
            Cores = raw.Number("cores", defaults.Cores),
            JournalPath = raw.Text("journal", null),
            BusyPollControl = raw.Text("busy-poll-control", null),
            VerifyInterval = raw.Duration("verify-interval", defaults.VerifyInterval),
            RelaxAfter = raw.Duration("relax-after", defaults.RelaxAfter),
            Operations = OperationsKeys.Read(raw, DefaultMetricsListen, problems),
            Knobs = raw.Has("knobs")
                ? [.. raw.Texts("knobs").SelectMany(k => k.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))]
                : defaults.Knobs,
            Mode = Choice(raw, "mode", Modes, defaults.Mode, problems),
            KillSwitchPath = raw.Text("kill-switch", "/run/fleet/kill"),
            ChangeInterval = raw.Duration("change-interval", defaults.ChangeInterval),
            FrequencyByMsr = Choice(raw, "frequency-backend", Backends, false, problems),
            RedfishPower = raw.Text("redfish", null) is { } url ? new Uri(url, UriKind.RelativeOrAbsolute) : null,
            RedfishAuthority = raw.Text("redfish-ca", null),
            SysfsRoot = raw.Text("sysfs", defaults.SysfsRoot),
            ProcfsRoot = raw.Text("procfs", defaults.ProcfsRoot),
            Tls = TlsKeys.Read(raw, problems),
        };
        options = options with { AuditPath = raw.Text("audit", Path.ChangeExtension(options.EffectiveJournalPath, ".audit.jsonl")) };
        StartupException.ThrowIfAny([.. raw.Problems, .. problems, .. options.Validate(needsDevice)]);
        return options;
    }

    private static T Choice<T>(
        RawOptions raw, string name, IReadOnlyDictionary<string, T> legal, T fallback, List<string> problems)
    {
        if (raw.Text(name, null) is not { } text)
        {
            return fallback;
        }

        if (legal.TryGetValue(text, out T? value))
        {
            return value;
        }

        problems.Add($"{name} is '{text}'{NearestName.Suggestion(text, legal.Keys)}: legal is {string.Join(", ", legal.Keys)}");
        return fallback;
    }

    private static int Pid(string text, List<string> problems)
    {
        if (int.TryParse(text, out int pid) && pid > 0)
        {
            return pid;
        }

        problems.Add($"server-pid is '{text}': legal is a process id, 1 and above");
        return 1;
    }

    /// <summary>The words, after a program's own, that replay the journal of an agent with these options.</summary>
    public static IReadOnlyList<string> RestoreWords(AgentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] control = options.BusyPollControl is { } file ? ["--busy-poll-control", file] : [];
        string[] msr = options.FrequencyByMsr ? ["--frequency-backend", "msr"] : [];
        string[] audit = options.AuditPath is { } log ? ["--audit", log] : [];
        return
        [
            "--restore", "--device", options.Device, "--journal", options.EffectiveJournalPath,
            "--sysfs", options.SysfsRoot, "--procfs", options.ProcfsRoot, "--name", options.Name, .. control, .. msr, .. audit,
        ];
    }
}
