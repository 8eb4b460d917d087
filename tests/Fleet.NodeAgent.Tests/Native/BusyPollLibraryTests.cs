using System.Diagnostics;
using System.Net.Sockets;
using Fleet.NodeAgent.Tests.Support;
using RepositoryRoot = Fleet.Testing.RepositoryRoot;

namespace Fleet.NodeAgent.Tests.Native;

/// <summary>libfleet-busypoll.so in a stock memcached on a unix socket.</summary>
public sealed class BusyPollLibraryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _library = Path.Combine(RepositoryRoot.Path, "artifacts/native/libfleet-busypoll.so");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TheKernelAcceptsTheParametersOfEachEpoll()
    {
        using Process server = await StartAsync(("FLEET_BUSYPOLL_PREFER", "1"), ("FLEET_BUSYPOLL_USECS", "10"));
        string[] lines = await File.ReadAllLinesAsync(_folder.File("log"), TestContext.Current.CancellationToken);
        Stop(server);
        lines.ShouldNotBeEmpty();
        Assert.SkipWhen(lines[0].Contains("errno=25", StringComparison.Ordinal),
            "this kernel has no EPIOCSPARAMS (Linux 6.9 and newer have it)");
        lines.ShouldAllBe(l => l.Contains("usecs=10 budget=64 prefer=1 result=0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ARefusedParameterDoesNotBreakTheServer()
    {
        // A nonsense number falls back to the default; a value that the kernel refuses is only logged.
        using Process server = await StartAsync(("FLEET_BUSYPOLL_BUDGET", "65535"), ("FLEET_BUSYPOLL_USECS", "many"));
        Version().ShouldStartWith("VERSION 1.");
        Stop(server);
        (await File.ReadAllTextAsync(_folder.File("log"), TestContext.Current.CancellationToken)).ShouldContain("usecs=0 budget=65535");
    }

    [Fact]
    public async Task TheControlFileSwitchesARunningServer()
    {
        string control = _folder.File("control");
        await File.WriteAllTextAsync(control, "0\n", TestContext.Current.CancellationToken);
        using Process server = await StartAsync(("FLEET_BUSYPOLL_CONTROL", control));
        File.ReadAllText(_folder.File("log")).ShouldNotContain("prefer=1");

        new Fleet.NodeAgent.Knobs.BusyPollControl(control).Prefer(true);
        Version();
        await Wait.UntilAsync(() => File.ReadAllText(_folder.File("log")).Contains("prefer=1", StringComparison.Ordinal), "preferred");

        new Fleet.NodeAgent.Knobs.BusyPollControl(control).Prefer(false);
        Version();
        await Wait.UntilAsync(() => File.ReadLines(_folder.File("log")).Last().Contains("prefer=0", StringComparison.Ordinal),
            "switched back");
        Stop(server);
    }

    private async Task<Process> StartAsync(params (string Name, string Value)[] environment)
    {
        Assert.SkipUnless(File.Exists(_library), "libfleet-busypoll.so is not built (eng/build-native.sh)");
        var start = new ProcessStartInfo("memcached", ["-u", "root", "-t", "1", "-m", "8", "-s", _folder.File("socket")]);
        start.Environment["LD_PRELOAD"] = _library;
        start.Environment["FLEET_BUSYPOLL_LOG"] = _folder.File("log");
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process server;
        try
        {
            server = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("memcached is not installed");
            throw;
        }

        await Wait.UntilAsync(() => File.Exists(_folder.File("socket")) && File.Exists(_folder.File("log")), "memcached listens");
        return server;
    }

    private string Version()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        socket.Connect(new UnixDomainSocketEndPoint(_folder.File("socket")));
        socket.Send("version\r\n"u8);
        byte[] answer = new byte[100];
        return System.Text.Encoding.ASCII.GetString(answer, 0, socket.Receive(answer));
    }

    private static void Stop(Process server)
    {
        server.Kill();
        server.WaitForExit();
    }
}
