using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Lab;

/// <summary>Starts memcached and the agent of one server in its namespace and waits until each accepts a connection.</summary>
internal sealed class ServerStarter(LabOptions options, TimeProvider time)
{
    private static readonly TimeSpan MemcachedStart = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AgentStart = TimeSpan.FromSeconds(30);
    /// <summary>What one server has for itself; the cores' knobs belong to the machine that all servers of the lab share.</summary>
    private const string OwnKnobs = "napi.gro_flush_timeout_us,napi.irq_suspend_timeout_us";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly LabPaths _paths = new(options.StateDirectory);

    internal async Task<ProcessIdentity> StartMemcachedAsync(int index, CancellationToken ct)
    {
        var environment = new Dictionary<string, string>();
        if (options.BusyPollLibrary is not null)
        {
            await File.WriteAllTextAsync(_paths.BusyPollControl(index), "0\n", ct);
            environment["FLEET_BUSYPOLL_CONTROL"] = _paths.BusyPollControl(index);
        }

        // The library is preloaded into memcached alone, not into the tools that start it.
        string[] preload = options.BusyPollLibrary is { } so ? ["env", "LD_PRELOAD=" + so] : [];
        // The LRU maintainer wakes up to 1,000 times a second whatever the requests do: 4 % of a core beside the worker's 6 % at 10,000
        // requests/s, and nothing that a knob could change. Without it the processor time is that of the requests.
        string[] words =
        [
            "ip", "netns", "exec", LabNames.Namespace(index), "taskset", "-c", Number(options.ServerCore),
            .. RealTimeClass.Prefix(RealTimeClass.Server), .. preload,
            HostCommand.Find("memcached")
                ?? throw new LabException("memcached is not installed; install it with: apt-get install memcached"),
            "-u", "nobody", "-t", "1", "-m", Number(options.MemoryMegabytes), "-c", "4096", "-U", "0", "-o", "no_lru_maintainer",
            "-l", LabNames.ServerAddress(index).ToString(), "-p", Number(LabNames.MemcachedPort),
        ];
        ProcessIdentity process = DetachedProcess.Start(words, _paths.MemcachedLog(index), environment);
        await WaitAsync(
            process, new IPEndPoint(LabNames.ServerAddress(index), LabNames.MemcachedPort), MemcachedStart,
            $"memcached of {LabNames.Id(index)}", _paths.MemcachedLog(index), ct);
        return process;
    }

    /// <summary>Starts the agent; null when no fleet command is configured.</summary>
    internal async Task<ProcessIdentity?> StartAgentAsync(int index, int memcachedPid, CancellationToken ct)
    {
        if (options.FleetCommand.Count == 0)
        {
            return null;
        }

        string socket = _paths.AgentSocket(index);
        File.Delete(socket);
        string[] control = options.BusyPollLibrary is null ? [] : ["--busy-poll-control", _paths.BusyPollControl(index)];
        string[] words =
        [
            "ip", "netns", "exec", LabNames.Namespace(index), "taskset", "-c", Number(options.AgentCore), .. options.FleetCommand,
            "agent", "--listen", "unix:" + socket, "--name", LabNames.Id(index), "--device", LabNames.ServerDevice(index),
            "--server-pid", Number(memcachedPid), "--cores", "1", "--journal", _paths.AgentJournal(index), .. control,
            "--knobs", OwnKnobs, "--metrics-listen", $"{LabNames.ServerAddress(index)}:{Number(LabNames.AgentMetricsPort)}",
        ];

        // An agent idles most of the time beside the server: no background collector, no profile-guided recompilation.
        var environment = new Dictionary<string, string> { ["DOTNET_gcConcurrent"] = "0", ["DOTNET_TieredPGO"] = "0" };
        ProcessIdentity process = DetachedProcess.Start(words, _paths.AgentLog(index), environment);
        await WaitAsync(
            process, new UnixDomainSocketEndPoint(socket), AgentStart, $"agent of {LabNames.Id(index)}", _paths.AgentLog(index), ct);
        return process;
    }

    private async Task WaitAsync(
        ProcessIdentity process, EndPoint endpoint, TimeSpan limit, string what, string log, CancellationToken ct)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            if (await AcceptsAsync(endpoint, ct))
            {
                return;
            }

            if (!process.Alive)
            {
                throw new LabException($"{what} ended while starting; its log says: {DetachedProcess.Tail(log)}");
            }

            if (time.GetElapsedTime(start) > limit)
            {
                throw new LabException(
                    $"{what} does not accept connections on {endpoint} after {limit.TotalSeconds:0} s; its log is {log}");
            }

            await Task.Delay(Poll, time, ct);
        }
    }

    private static async Task<bool> AcceptsAsync(EndPoint endpoint, CancellationToken ct)
    {
        using var socket = endpoint is IPEndPoint
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endpoint, ct);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
