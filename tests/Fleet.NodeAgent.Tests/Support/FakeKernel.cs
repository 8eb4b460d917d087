using Fleet.NodeAgent.Host;
using Fleet.NodeAgent.Knobs;

namespace Fleet.NodeAgent.Tests.Support;

/// <summary>
/// A sysfs in memory whose writer answers as the kernel does: it forbids a minimum above the maximum, clamps to the hardware's range,
/// refuses with the texts of errno, loses writes, and normalises what it takes.
/// </summary>
internal sealed class FakeKernel : IHostFiles
{
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);

    internal List<string> Writes { get; } = [];

    /// <summary>Whether a minimum above the maximum is clamped without a word, as some kernels do, instead of refused.</summary>
    internal bool ClampsOrder { get; set; }

    /// <summary>Files that answer a write with the given error.</summary>
    internal Dictionary<string, string> Refuse { get; } = [];

    /// <summary>Files that take a write and forget it (a permission without effect).</summary>
    internal HashSet<string> Lose { get; } = [];

    /// <summary>Files that this process may not write.</summary>
    internal HashSet<string> Locked { get; } = [];

    internal string this[string path]
    {
        get => _files[path];
        set => _files[path] = value;
    }

    internal IReadOnlyDictionary<string, string> All => new Dictionary<string, string>(_files);

    internal void Policy(int number, long minKhz, long maxKhz, long lowKhz, long highKhz, string governors = "performance powersave userspace")
    {
        string p = $"/sys/devices/system/cpu/cpufreq/policy{number}";
        this[$"{p}/scaling_min_freq"] = $"{minKhz}\n";
        this[$"{p}/scaling_max_freq"] = $"{maxKhz}\n";
        this[$"{p}/cpuinfo_min_freq"] = $"{lowKhz}\n";
        this[$"{p}/cpuinfo_max_freq"] = $"{highKhz}\n";
        this[$"{p}/scaling_available_governors"] = $"{governors} \n";
        this[$"{p}/scaling_governor"] = governors.Split(' ')[0] + "\n";
        this[$"{p}/scaling_setspeed"] = "<unsupported>\n";
    }

    public bool Exists(string path) =>
        _files.ContainsKey(path) || _files.Keys.Any(f => f.StartsWith(path + "/", StringComparison.Ordinal));

    public IReadOnlyList<string> Entries(string folder, string pattern)
    {
        string prefix = folder + "/" + pattern.TrimEnd('*');
        return [.. _files.Keys.Where(f => f.StartsWith(prefix, StringComparison.Ordinal))
            .Select(f => folder + "/" + f[(folder.Length + 1)..].Split('/')[0]).Distinct()
            .OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal)];
    }

    public string Read(string path) => _files.TryGetValue(path, out string? text) ? text
        : throw new KnobException($"'{path}' cannot be read: No such file or directory");

    public void Write(string path, string text)
    {
        Writes.Add($"{Path.GetFileName(path)}={text.Trim()}");
        string? error = Refuse.GetValueOrDefault(path)
            ?? (Locked.Contains(path) ? "Permission denied" : _files.ContainsKey(path) ? Rule(path, text.Trim()) : "No such file or directory");
        if (error is not null)
        {
            throw new KnobException($"'{path}' refused '{text.Trim()}': {error}");
        }

        if (!Lose.Contains(path))
        {
            _files[path] = Taken(path, text.Trim()) + "\n";
        }
    }

    public string? WriteObstacle(string path) => Locked.Contains(path) ? $"'{path}' is not writable; give the agent CAP_DAC_OVERRIDE" : null;

    private string? Rule(string path, string text)
    {
        string folder = Path.GetDirectoryName(path)!;
        return Path.GetFileName(path) switch
        {
            "scaling_min_freq" when !long.TryParse(text, out _) => "Invalid argument",
            "scaling_min_freq" when !ClampsOrder && long.Parse(text) > long.Parse(_files[folder + "/scaling_max_freq"]) => "Invalid argument",
            "scaling_max_freq" when !ClampsOrder && long.Parse(text) < long.Parse(_files[folder + "/scaling_min_freq"]) => "Invalid argument",
            "scaling_setspeed" when _files[folder + "/scaling_governor"].Trim() != "userspace" => "Invalid argument",
            "energy_performance_preference" when _files[folder + "/scaling_governor"].Trim() == "performance" && text != "performance" =>
                "Device or resource busy",
            "scaling_governor" when !_files[folder + "/scaling_available_governors"].Split(' ').Contains(text) => "Invalid argument",
            _ => null,
        };
    }

    /// <summary>The kernel clamps a frequency to the hardware's range without a word.</summary>
    private string Taken(string path, string text)
    {
        string folder = Path.GetDirectoryName(path)!;
        long Khz(string file) => long.Parse(_files[$"{folder}/{file}"]);
        return Path.GetFileName(path) switch
        {
            "scaling_min_freq" => Math.Min(
                Math.Clamp(long.Parse(text), Khz("cpuinfo_min_freq"), Khz("cpuinfo_max_freq")), Khz("scaling_max_freq")).ToString(),
            "scaling_max_freq" => Math.Max(
                Math.Clamp(long.Parse(text), Khz("cpuinfo_min_freq"), Khz("cpuinfo_max_freq")), Khz("scaling_min_freq")).ToString(),
            _ => text,
        };
    }
}
