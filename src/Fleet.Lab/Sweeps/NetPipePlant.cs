using System.Globalization;
using System.Net.Sockets;
using Fleet.Grpc.Client;
using Fleet.Lab.Lab;
using Fleet.Lab.Lab.Commands;
using Fleet.V1;

namespace Fleet.Lab.Sweeps;

/// <summary>
/// Two of the lab's namespaces joined by a veth pair of their own, an agent at each end, for NetPIPE between them. Both ends run NAPI (GRO
/// on) and hand over packets, not segments (TSO and GSO off), so both ends' knobs work. The namespaces are the lab's: taking the lab down
/// removes all of it.
/// </summary>
internal sealed class NetPipePlant(TimeProvider time) : IAsyncDisposable
{
    /// <summary>What stands before the names of the sender's knobs.</summary>
    internal const string SenderPrefix = "sender.";

    private const string Knobs = "napi.gro_flush_timeout_us";
    private const int FirstPort = 5002;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private readonly LabOptions _lab = new() { Servers = 2, FleetCommand = [] };
    private readonly List<FleetChannel> _channels = [];
    private readonly List<End> _ends = [];
    private int _runs;

    /// <summary>The receiving end.</summary>
    internal SweptNode Receiver => _ends[0].Node;

    /// <summary>The sending end; its knobs have <see cref="SenderPrefix"/>.</summary>
    internal SweptNode Sender => _ends[1].Node;

    /// <summary>Where the agents listen: receiver, sender.</summary>
    internal IReadOnlyList<string> AgentAddresses => [.. _ends.Select(e => "unix:" + e.Socket)];

    /// <summary>Builds both ends and starts their agents.</summary>
    /// <exception cref="LabException">A step failed, or NetPIPE is not installed.</exception>
    internal async Task StartAsync(CancellationToken cancellation)
    {
        _ = HostCommand.Find("NPtcp") ?? throw new LabException("NPtcp is not installed; install it with: apt-get install netpipe-tcp");
        IReadOnlyList<LabServer> servers = (await new LabEnvironment(_lab, time).UpAsync(cancellation)).Servers;
        (string receiver, string sender) = (servers[0].Namespace, servers[1].Namespace);
        await HostCommand.RunAsync($"ip -n {receiver} link add {Device(0)} type veth peer name {Device(1)} netns {sender}", cancellation);
        int[] cores = [_lab.ServerCore, _lab.AgentCore];
        for (int i = 0; i < 2; i++)
        {
            await JoinAsync(servers[i].Namespace, i, cores[i], cancellation);
        }

        for (int i = 0; i < 2; i++)
        {
            _ends.Add(await StartAgentAsync(servers[i].Namespace, i, cores[i], cancellation));
        }
    }

    /// <summary>Plays messages of one size there and back.</summary>
    /// <param name="bytes">Size of a message.</param>
    /// <param name="roundTrips">Round trips of a series.</param>
    /// <param name="power">Whether to measure power meanwhile.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <returns>The mean round trip of the fastest series, microseconds, and the power of both ends; 0 without.</returns>
    internal async Task<(double RoundTripUs, double Watts)> RunAsync(int bytes, long roundTrips, bool power, CancellationToken cancellation)
    {
        string port = (FirstPort + (++_runs % 1000)).ToString(CultureInfo.InvariantCulture);
        string size = bytes.ToString(CultureInfo.InvariantCulture);
        string[] series = ["-P", port, "-l", size, "-u", size, "-p", "0", "-n", roundTrips.ToString(CultureInfo.InvariantCulture)];
        string output = Path.Combine(_lab.StateDirectory, "netpipe.out");
        File.Delete(output);
        ProcessIdentity receiver = Start(_ends[0], series);
        await ListensAsync(_ends[0], receiver, port, cancellation);
        ProcessIdentity sender = Start(_ends[1], ["-h", Address(0), "-o", output, .. series]);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        // The first reading of each end has the start of the programs in it.
        Task<double>[] watts = power ? [.. _ends.Select(e => e.Node.WattsAsync(1, watching.Token))] : [];
        await EndAsync(sender, cancellation);
        await watching.CancelAsync();
        await EndAsync(receiver, cancellation);
        double? roundTrip = File.Exists(output) ? NetPipeOutput.RoundTripUs(await File.ReadAllTextAsync(output, cancellation)) : null;
        return roundTrip is { } us
            ? (us, (await Task.WhenAll(watts)).Sum())
            : throw new LabException($"NetPIPE gave no result for {bytes} bytes; its log says: {DetachedProcess.Tail(_ends[1].Log)}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (FleetChannel channel in _channels)
        {
            channel.Dispose();
        }

        await new LabEnvironment(_lab, time).DownAsync(CancellationToken.None);
    }

    private static string Device(int end) => $"flabnp{end}";

    private static string Address(int end) => $"198.18.255.{end + 1}";

    private static async Task JoinAsync(string space, int end, int core, CancellationToken cancellation)
    {
        string device = Device(end);
        await HostCommand.RunAsync($"ip netns exec {space} ethtool -K {device} tso off gso off gro on", cancellation);
        await HostCommand.RunAsync($"ip -n {space} addr add {Address(end)}/30 dev {device}", cancellation);
        await HostCommand.RunAsync($"ip -n {space} link set {device} up", cancellation);
        await HostCommand.RunAsync(
            ["ip", "netns", "exec", space, "sh", "-c", $"echo 1 > /sys/class/net/{device}/threaded"], cancellation);
        int thread = NapiThreads.Find(device) ?? throw new LabException($"{device} in {space} has no NAPI thread although 'threaded' was written");
        await HostCommand.RunAsync($"taskset -c -p {core} {thread}", cancellation);
        if (RealTimeClass.Available)
        {
            await HostCommand.RunAsync($"chrt --fifo -p {RealTimeClass.Server} {thread}", cancellation);
        }
    }

    private async Task<End> StartAgentAsync(string space, int end, int core, CancellationToken cancellation)
    {
        string File(string name) => Path.Combine(_lab.StateDirectory, $"netpipe{end}.{name}");
        await System.IO.File.WriteAllTextAsync(File("pids"), "", cancellation);
        ProcessIdentity agent = DetachedProcess.Start(
            [
                "ip", "netns", "exec", space, "taskset", "-c", _lab.AgentCore.ToString(CultureInfo.InvariantCulture), .. SelfCommand.Fleet,
                "agent", "--listen", "unix:" + File("sock"), "--name", $"netpipe{end}", "--device", Device(end), "--server-pid-file", File("pids"),
                "--cores", "1", "--journal", File("journal"), "--knobs", Knobs,
            ],
            File("log"),
            new Dictionary<string, string> { ["DOTNET_gcConcurrent"] = "0", ["DOTNET_TieredPGO"] = "0" });
        await UntilAsync(() => AcceptsAsync(File("sock")), agent, $"the agent of {space}", File("log"), cancellation);
        FleetChannel channel = FleetChannel.ForAddress("unix:" + File("sock"));
        _channels.Add(channel);
        var node = new SweptNode(new AgentService.AgentServiceClient(channel), end == 0 ? "" : SenderPrefix);
        return new End(space, core, File("sock"), File("pids"), File("np.log"), node);
    }

    private static ProcessIdentity Start(End end, string[] arguments)
    {
        ProcessIdentity process = DetachedProcess.Start(
            [
                "ip", "netns", "exec", end.Namespace, "taskset", "-c", end.Core.ToString(CultureInfo.InvariantCulture),
                .. RealTimeClass.Prefix(RealTimeClass.Server), "NPtcp", .. arguments,
            ],
            end.Log,
            new Dictionary<string, string>());
        File.WriteAllText(end.PidFile, process.Pid.ToString(CultureInfo.InvariantCulture) + "\n");
        return process;
    }

    private Task ListensAsync(End end, ProcessIdentity receiver, string port, CancellationToken cancellation) => UntilAsync(
        async () => (await HostCommand.RunAsync($"ip netns exec {end.Namespace} ss -Hltn sport = :{port}", cancellation)).Length > 0,
        receiver,
        "NetPIPE's receiver",
        end.Log,
        cancellation);

    private async Task UntilAsync(Func<Task<bool>> ready, ProcessIdentity process, string what, string log, CancellationToken cancellation)
    {
        long start = time.GetTimestamp();
        while (!await ready())
        {
            if (!process.Alive || time.GetElapsedTime(start) > StartLimit)
            {
                throw new LabException($"{what} did not start; its log says: {DetachedProcess.Tail(log)}");
            }

            await Task.Delay(Poll, time, cancellation);
        }
    }

    private async Task EndAsync(ProcessIdentity process, CancellationToken cancellation)
    {
        while (process.Alive)
        {
            await Task.Delay(Poll, time, cancellation);
        }
    }

    private static async Task<bool> AcceptsAsync(string socket)
    {
        using var trial = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await trial.ConnectAsync(new UnixDomainSocketEndPoint(socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private sealed record End(string Namespace, int Core, string Socket, string PidFile, string Log, SweptNode Node);
}
