using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Fleet.NodeAgent.Netlink;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Kernel;

/// <summary>
/// Two namespaces of the test's own, joined by a veth pair: <c>ct</c> at the client, <c>sv</c> with GRO (so with NAPI) at the server.
/// Nothing of it is reachable from outside.
/// </summary>
internal sealed partial class VethPlant : IDisposable
{
    internal const string Device = "sv";
    internal const string ServerAddress = "198.19.250.2";

    private const int NewNet = 0x40000000;
    private static int _count;

    private readonly Process _holder;

    private VethPlant(string client, string server)
    {
        Client = client;
        Server = server;

        // A process inside shows the namespace's own sysfs under /proc/PID/root.
        _holder = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", server, "sleep", "300"]))!;
    }

    internal string Client { get; }

    internal string Server { get; }

    internal string Sysfs => Path.Combine("/proc", $"{_holder.Id}", "root", "sys");

    /// <summary>Why this machine cannot have the plant; null when it can.</summary>
    internal static string? Obstacle() =>
        Environment.UserName != "root" ? "needs root for network namespaces"
        : Run("ip", "-V") != 0 ? "needs iproute2"
        : Run("ethtool", "--version") != 0 ? "needs ethtool"
        : null;

    /// <summary>Creates the plant or skips the test with the reason.</summary>
    internal static async Task<VethPlant> CreateAsync()
    {
        Assert.SkipWhen(Obstacle() is not null, Obstacle() ?? "");
        string name = $"fleet-test-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";
        string client = name + "c", server = name + "s";
        string[] steps =
        [
            $"ip netns add {client}",
            $"ip netns add {server}",
            $"ip link add ct netns {client} type veth peer name {Device} netns {server}",
            $"ip -n {client} addr add 198.19.250.1/30 dev ct",
            $"ip -n {server} addr add {ServerAddress}/30 dev {Device}",
            $"ip netns exec {client} ethtool -K ct tso off gso off",
            $"ip netns exec {server} ethtool -K {Device} gro on",
            $"ip -n {client} link set ct up",
            $"ip -n {server} link set {Device} up",
        ];
        foreach (string step in steps)
        {
            if (Run(step.Split(' ')) != 0)
            {
                Delete(client, server);
                Assert.Skip($"this kernel or container refuses: {step}");
            }
        }

        var plant = new VethPlant(client, server);
        await Wait.UntilAsync(() => Directory.Exists($"{plant.Sysfs}/class/net/{Device}"), "the holder is in the namespace");
        return plant;
    }

    /// <summary>Runs a function on a thread of its own in a namespace. Sockets that it opens stay there.</summary>
    internal static T Inside<T>(string space, Func<T> function)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle("/run/netns/" + space);
                if (SetNamespace((int)handle.DangerousGetHandle(), NewNet) != 0)
                {
                    throw new InvalidOperationException($"setns: {Marshal.GetLastPInvokeErrorMessage()}");
                }

                result = function();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException(failure.Message, failure);
    }

    internal void InServer(string command) => Run(["ip", "netns", "exec", Server, .. command.Split(' ')]).ShouldBe(0, command);

    internal string ReadSysfs(string file) => File.ReadAllText($"{Sysfs}/class/net/{Device}/{file}").Trim();

    /// <summary>The flush timeout of the server's only receive queue, as the kernel has it.</summary>
    internal ulong? FlushNs()
    {
        using NetdevFamily? family = Inside(Server, NetdevFamily.Open);
        return family!.Instances(int.Parse(ReadSysfs("ifindex"), CultureInfo.InvariantCulture)).Single().GroFlushTimeoutNs;
    }

    /// <summary>What an HTTP server on the server namespace's loopback answers.</summary>
    internal string Get(int port, string path) => Inside(Server, () =>
    {
        using var client = new TcpClient("127.0.0.1", port);
        using NetworkStream stream = client.GetStream();
        stream.Write(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n"));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    });

    public void Dispose()
    {
        _holder.Kill();
        _holder.WaitForExit();
        _holder.Dispose();
        Delete(Client, Server);
    }

    private static void Delete(string client, string server)
    {
        _ = Run("ip", "netns", "del", client);
        _ = Run("ip", "netns", "del", server);
    }

    private static int Run(params string[] words)
    {
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int descriptor, int type);
}
