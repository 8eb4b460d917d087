namespace Fleet.Lab.Lab;

/// <summary>How many servers the lab has and where it keeps its state. One lab per machine.</summary>
public sealed record LabOptions
{
    /// <summary>Servers at start, numbered 1 to N. Default 3. Range 1 to 32.</summary>
    public int Servers { get; init; } = 3;

    /// <summary>Manifest, logs, sockets and journals. Default <c>/run/fleet/lab</c>; removed by <c>lab down</c>.</summary>
    public string StateDirectory { get; init; } = "/run/fleet/lab";

    /// <summary>
    /// The fleet command with its leading arguments, used to start agents (<c>COMMAND agent --listen …</c>). Empty: no agents are
    /// started. Default: this process's own executable when it is <c>fleet</c>.
    /// </summary>
    public IReadOnlyList<string> FleetCommand { get; init; } = Commands.SelfCommand.Fleet;

    /// <summary>Core that memcached and the NAPI threads are pinned to. Default 0. Must exist.</summary>
    public int ServerCore { get; init; }

    /// <summary>Core that the agents are pinned to. Default 1, or the server core when the machine has only one.</summary>
    public int AgentCore { get; init; } = Environment.ProcessorCount > 1 ? 1 : 0;

    /// <summary>Memory of each memcached, MiB. Default 64. Range 8 to 65,536.</summary>
    public int MemoryMegabytes { get; init; } = 64;

    /// <summary>
    /// The busy poll library. Default: found beside the program or in the checkout's <c>artifacts/native</c>; null: servers run
    /// without it.
    /// </summary>
    public string? BusyPollLibrary { get; init; } = Commands.BusyPollLibrary.Find();

    /// <summary>Every problem of these options; empty when usable.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        void Check(bool legal, string problem)
        {
            if (!legal)
            {
                problems.Add(problem);
            }
        }

        int last = Environment.ProcessorCount - 1;
        Check(Servers is >= 1 and <= 32, $"servers {Servers} out of range; legal: 1 to 32");
        Check(Path.IsPathRooted(StateDirectory), $"state directory '{StateDirectory}' is relative; give an absolute path");
        Check(ServerCore >= 0 && ServerCore <= last, $"server core {ServerCore} does not exist; legal: 0 to {last}");
        Check(AgentCore >= 0 && AgentCore <= last, $"agent core {AgentCore} does not exist; legal: 0 to {last}");
        Check(MemoryMegabytes is >= 8 and <= 65536, $"memory {MemoryMegabytes} MiB out of range; legal: 8 to 65536");
        Check(
            BusyPollLibrary is null || File.Exists(BusyPollLibrary),
            $"busy poll library '{BusyPollLibrary}' does not exist; build it with eng/build-native.sh");
        return problems;
    }
}
