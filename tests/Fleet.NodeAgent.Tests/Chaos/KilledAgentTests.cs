using System.Diagnostics;
using System.Globalization;
using Fleet.NodeAgent.Tests.Support;

namespace Fleet.NodeAgent.Tests.Chaos;

/// <summary>
/// kill -9 at every step of a change and of the way back: whatever was written then, the host equals its originals, byte for byte, after
/// the guard's restore and after the next start.
/// </summary>
public sealed class KilledAgentTests : IDisposable
{
    private const int MostSteps = 60;
    private const int Killed = 128 + 9;

    private readonly TemporaryFolder _root = new();
    private readonly string _victim = Path.Combine(AppContext.BaseDirectory, "Fleet.NodeAgent.Victim.dll");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public KilledAgentTests()
    {
        foreach (int policy in new[] { 0, 1 })
        {
            string p = $"sys/devices/system/cpu/cpufreq/policy{policy}";
            _root.Write($"{p}/scaling_min_freq", "1200000\n");
            _root.Write($"{p}/scaling_max_freq", "2900000\n");
            _root.Write($"{p}/cpuinfo_min_freq", "1200000\n");
            _root.Write($"{p}/cpuinfo_max_freq", "2900000\n");
            _root.Write($"{p}/scaling_governor", "powersave\n");
            foreach (int state in new[] { 0, 1, 2, 3 })
            {
                _root.Write($"sys/devices/system/cpu/cpu{policy}/cpuidle/state{state}/disable", "0\n");
            }
        }

        _root.Write("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
        _root.Write("sys/class/net/dev0/ifindex", "2147483000\n");
    }

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task TheNextStartPutsTheOriginalsBack()
    {
        await AtEveryStep(guard: [], async () => (await RunAsync(null, "restore", _root.Path)).ExitCode.ShouldBe(0));
    }

    [Fact]
    public async Task TheGuardPutsTheOriginalsBack()
    {
        string done = _root.File("guard done");
        string script = $"unset {CrashPoints.Variable}; dotnet '{_victim}' restore '{_root.Path}' && touch '{done}'";
        await AtEveryStep(["/bin/sh", "-c", script], async () =>
        {
            await Wait.UntilAsync(() => File.Exists(done), "the guard has restored", seconds: 60);
            File.Delete(done);
        });
    }

    [Fact]
    public async Task AnAgentThatIsRestartedAtOnceAndTheGuardDoNotDisturbEachOther()
    {
        string done = _root.File("guard done");
        string script = $"unset {CrashPoints.Variable}; dotnet '{_victim}' restore '{_root.Path}'; touch '{done}'";
        await AtEveryStep(["/bin/sh", "-c", script], async () =>
        {
            // A supervisor starts the next agent while the guard of the dead one is at work: it restores, applies its own, and takes it back.
            (int exitCode, string output) = await RunAsync(null, "change", _root.Path);
            exitCode.ShouldBe(0, output);
            await Wait.UntilAsync(() => File.Exists(done), "the guard is done", seconds: 60);
            File.Delete(done);
        }, stride: 3);
    }

    private async Task AtEveryStep(string[] guard, Func<Task> recover, int stride = 1)
    {
        Dictionary<string, string> originals = Host();
        bool changed = false;
        int step = 1 - stride;
        while (true)
        {
            step += stride;
            (int exitCode, string output) = await RunAsync(step, ["change", _root.Path, .. guard]);
            if (exitCode == 0)
            {
                break;
            }

            exitCode.ShouldBe(Killed, output);
            changed |= !Host().SequenceEqual(originals);
            await recover();
            Host().ShouldBe(originals, $"after step {step}: {output}");
            File.Exists(_root.File("journal")).ShouldBeFalse();
            step.ShouldBeLessThan(MostSteps);
        }

        changed.ShouldBeTrue("some of the kills left the host changed");
        step.ShouldBeGreaterThan(12, "before and after each driver, the journal, and the way back");
        Host().ShouldBe(originals);
    }

    private Dictionary<string, string> Host() => Directory.EnumerateFiles(_root.File("sys"), "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).ToDictionary(f => f, File.ReadAllText);

    private async Task<(int ExitCode, string Output)> RunAsync(int? crashAt, params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [_victim, .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_TieredPGO"] = "0";
        if (crashAt is { } step)
        {
            start.Environment[CrashPoints.Variable] = step.ToString(CultureInfo.InvariantCulture);
        }

        using Process process = Process.Start(start)!;

        // The guard outlives the agent and holds its output: only the agent's own end is waited for.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(patience.Token);
        string output = words.Length > 2 ? "" : await process.StandardOutput.ReadToEndAsync(Ct) + await process.StandardError.ReadToEndAsync(Ct);
        return (process.ExitCode, output);
    }
}
