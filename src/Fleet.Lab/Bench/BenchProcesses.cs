using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fleet.Lab.Demo;
using Fleet.Lab.Lab;
using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Bench;

/// <summary>The servers and proxies of a benchmark. They die with this process, also when it is killed.</summary>
internal sealed class BenchProcesses(ProxyBenchOptions options, TimeProvider time) : IAsyncDisposable
{
    private const int FastServers = 2;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private readonly ChildStarter _starter = new();
    private readonly List<LabProcess> _started = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("fleet-bench-").FullName;
    private readonly List<int> _serverPorts = [];
    private readonly List<CpuShare> _shares = [];

    /// <summary>Where the servers listen that never stop.</summary>
    public IEnumerable<IPEndPoint> ServerAddresses => _serverPorts.Take(FastServers).Select(p => new IPEndPoint(IPAddress.Loopback, p));

    /// <summary>The server that stops; null when there is none.</summary>
    public StoppingServer? Stopping { get; private set; }

    /// <summary>Starts the servers on the cores that the proxy does not have.</summary>
    /// <exception cref="LabException">memcached is not installed or does not start.</exception>
    public async Task StartServersAsync(CancellationToken cancellation)
    {
        string memcached = HostCommand.Find("memcached")
            ?? throw new LabException("memcached is not installed; install it with: apt-get install memcached");
        // A change of user would take away that the kernel ends the server with this process.
        string[] user = NativeCalls.EffectiveUser() == 0 ? ["-u", "root"] : [];
        int[] others = [.. Enumerable.Range(0, Environment.ProcessorCount).Where(c => c != options.ProxyCore)];
        int[] cores = others.Length > 0 ? others : [options.ProxyCore];
        for (int i = 0; i < FastServers + (options.SlowServer ? 1 : 0); i++)
        {
            int port = FreePort();
            int pid = await StartAsync(
                $"memcached-{i}", port, [cores[i % cores.Length]],
                [memcached, .. user, "-l", "127.0.0.1", "-p", Number(port), "-U", "0", "-t", "1", "-m", "256", "-c", "4096"], cancellation);
            _serverPorts.Add(port);
            Stopping = i < FastServers ? null : new StoppingServer(pid, new IPEndPoint(IPAddress.Loopback, port));
        }
    }

    /// <summary>Starts a target.</summary>
    public async Task<RunningTarget> StartTargetAsync(string target, CancellationToken cancellation)
    {
        if (target == BenchTarget.Direct)
        {
            return new RunningTarget(target, ServerAddresses.First(), null);
        }

        int port = FreePort();
        IReadOnlyList<string> words = BenchTarget.Command(target, port, FreePort(), _serverPorts, _folder, options.FleetCommand);
        int[] cores = [.. Enumerable.Range(options.ProxyCore, BenchTarget.Loops(target)).Select(c => c % Environment.ProcessorCount)];
        int pid = await StartAsync(target, port, cores, words, cancellation);
        if (options.ProxyShare < 1)
        {
            _shares.Add(CpuShare.Limit(pid, options.ProxyShare * BenchTarget.Loops(target)));
        }

        return new RunningTarget(target, new IPEndPoint(IPAddress.Loopback, port), pid);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Stopping?.Go();
        try
        {
            await new ProcessReaper(time).EndAsync(_started, CancellationToken.None);
        }
        finally
        {
            _shares.ForEach(s => s.Dispose());
            _starter.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task<int> StartAsync(string name, int port, int[] cores, IReadOnlyList<string> words, CancellationToken cancellation)
    {
        string log = Path.Combine(_folder, name + ".log");
        string affinity = string.Join(',', cores.Distinct().Select(Number));
        int pid = await _starter.StartAsync(["taskset", "-c", affinity, .. words], log, diesWithParent: true);
        if (ProcessIdentity.Of(pid) is { } identity)
        {
            _started.Add(new LabProcess(name, identity));
        }

        long start = time.GetTimestamp();
        while (!await AcceptsAsync(port, cancellation))
        {
            if (ProcessIdentity.Of(pid) is null || time.GetElapsedTime(start) > StartLimit)
            {
                throw new LabException($"{name} does not accept connections on port {port}; its log: {DetachedProcess.Tail(log)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(25), time, cancellation);
        }

        return pid;
    }

    private static async Task<bool> AcceptsAsync(int port, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
