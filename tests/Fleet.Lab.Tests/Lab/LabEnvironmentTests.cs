using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Tests.Lab;

/// <summary>The real lab on this machine; skipped where it cannot run or where one is up.</summary>
[Collection("the lab is one per machine")]
public sealed class LabEnvironmentTests : IDisposable
{
    private readonly string _state = Path.Combine(Path.GetTempPath(), $"fleet-lab-test-{Environment.ProcessId}");

    private CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Directory.Exists(_state))
        {
            Directory.Delete(_state, recursive: true);
        }
    }

    [Fact]
    public async Task ComesUpServesAndLeavesNothing()
    {
        LabEnvironment lab = await PrepareAsync();
        MachineState before = await MachineState.ReadAsync(Ct);
        LabStatus status = await lab.UpAsync(Ct);
        try
        {
            status.Servers.Select(s => s.Id).ShouldBe(["s1", "s2"]);
            foreach (LabServer server in status.Servers)
            {
                Ask(server, "version\r\n").ShouldStartWith("VERSION");
                server.NapiThreadPid.ShouldNotBeNull();
                Affinity(server.NapiThreadPid.Value).ShouldBe("0");
                Affinity(server.MemcachedPid!.Value).ShouldBe("0");
            }

            (await lab.UpAsync(Ct)).Servers.ShouldBe(status.Servers, "up again keeps what runs");
        }
        finally
        {
            await lab.DownAsync(CancellationToken.None);
        }

        (await MachineState.ReadAsync(Ct)).ShouldBe(before);
        Directory.Exists(_state).ShouldBeFalse();
        await lab.DownAsync(Ct);
        (await lab.StatusAsync(Ct)).Servers.ShouldBeEmpty();
    }

    [Fact]
    public async Task AddsRemovesAndRepairsServersWhileOthersRun()
    {
        LabEnvironment lab = await PrepareAsync();
        MachineState before = await MachineState.ReadAsync(Ct);
        try
        {
            LabStatus up = await lab.UpAsync(Ct);
            LabServer added = await lab.AddServerAsync(5, Ct);
            Ask(added, "version\r\n").ShouldStartWith("VERSION");
            (await Should.ThrowAsync<LabException>(() => lab.AddServerAsync(5, Ct))).Message.ShouldContain("s5 exists");
            await lab.RemoveServerAsync(5, Ct);
            await lab.RemoveServerAsync(5, Ct);
            (await lab.StatusAsync(Ct)).Servers.ShouldBe(up.Servers, "the others were not touched");

            // A killed server is built anew by the next up; its neighbour stays.
            Process.GetProcessById(up.Servers[0].MemcachedPid!.Value).Kill();
            LabStatus repaired = await UpWhenDeadAsync(lab, up.Servers[0].MemcachedPid!.Value);
            repaired.Servers[0].MemcachedPid.ShouldNotBe(up.Servers[0].MemcachedPid);
            repaired.Servers[1].ShouldBe(up.Servers[1]);
        }
        finally
        {
            await lab.DownAsync(CancellationToken.None);
        }

        (await MachineState.ReadAsync(Ct)).ShouldBe(before);
    }

    [Fact]
    public async Task DownWorksWithoutAManifest()
    {
        LabEnvironment lab = await PrepareAsync();
        MachineState before = await MachineState.ReadAsync(Ct);
        await lab.UpAsync(Ct);
        LabManifest.Read(_state).ShouldNotBeNull().OriginalSettings.ShouldNotBeEmpty();
        string settings = File.ReadAllText("/proc/sys/net/ipv4/tcp_autocorking");
        File.Delete(Path.Combine(_state, "manifest.json"));

        await lab.DownAsync(Ct);

        // The one thing that only the manifest knows is the sender's original setting: the kernel's default is taken.
        settings.Trim().ShouldBe("0");
        (await MachineState.ReadAsync(Ct)).ShouldBe(before);
    }

    [Fact]
    public async Task ATrackedProcessEndsWithTheLabAndARecycledPidDoesNot()
    {
        LabEnvironment lab = await PrepareAsync();
        await lab.UpAsync(Ct);
        using Process tracked = Process.Start("sleep", "300");
        using Process bystander = Process.Start("sleep", "300");
        try
        {
            await lab.TrackProcessAsync("sleeper", tracked.Id, Ct);
            LabManifest manifest = LabManifest.Read(_state)!;
            var recycled = new LabProcess("recycled", new ProcessIdentity(bystander.Id, 1));
            (manifest with { Processes = [.. manifest.Processes, recycled] }).Write(_state);

            await lab.DownAsync(Ct);

            tracked.WaitForExit(5000).ShouldBeTrue();
            bystander.HasExited.ShouldBeFalse();
        }
        finally
        {
            bystander.Kill();
            await lab.DownAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task SaysWhatIsWrongWithItsOptions()
    {
        var lab = new LabEnvironment(new LabOptions { Servers = 0, StateDirectory = "relative", ServerCore = 9999 }, TimeProvider.System);
        var e = await Should.ThrowAsync<Hosting.Errors.StartupException>(() => lab.UpAsync(Ct));
        e.Message.ShouldContain("servers 0 out of range");
        e.Message.ShouldContain("'relative'");
        e.Message.ShouldContain("server core 9999");
    }

    private async Task<LabEnvironment> PrepareAsync()
    {
        var options = new LabOptions { Servers = 2, StateDirectory = _state, FleetCommand = [], MemoryMegabytes = 16 };
        Assert.SkipWhen(LabLeftovers.Servers().Count > 0, "a lab is up on this machine; fleet lab down removes it");
        IReadOnlyList<string> problems = await LabPreflight.CheckAsync(options, Ct);
        Assert.SkipWhen(problems.Count > 0, string.Join("; ", problems));
        return new LabEnvironment(options, TimeProvider.System);
    }

    private async Task<LabStatus> UpWhenDeadAsync(LabEnvironment lab, int pid)
    {
        for (int i = 0; i < 200 && ProcessIdentity.Of(pid) is not null; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Ct);
        }

        return await lab.UpAsync(Ct);
    }

    private static string Ask(LabServer server, string request)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5000 };
        socket.Connect(server.Endpoint);
        socket.Send(Encoding.ASCII.GetBytes(request));
        byte[] answer = new byte[200];
        return Encoding.ASCII.GetString(answer, 0, socket.Receive(answer));
    }

    private static string Affinity(int pid) => File.ReadLines($"/proc/{pid}/status")
        .First(l => l.StartsWith("Cpus_allowed_list", StringComparison.Ordinal)).Split('\t')[1];
}
