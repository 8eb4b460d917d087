using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.NodeAgent.Tests.Safety;

public sealed class CrashGuardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RunsTheCommandWhenTheAgentEndsWithoutRestoring()
    {
        CrashGuard guard = CrashGuard.Start(["touch", _folder.File("restored it")], NullLogger.Instance);
        guard.Dispose();
        await Wait.UntilAsync(() => File.Exists(_folder.File("restored it")), "the restore command ran");
    }

    [Fact]
    public async Task DoesNothingWhenTheAgentRestored()
    {
        CrashGuard guard = CrashGuard.Start(["touch", _folder.File("restored")], NullLogger.Instance);
        int pid = guard.Pid!.Value;
        guard.Dismiss();
        guard.Dispose();
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{pid}"), "the guard ended");
        File.Exists(_folder.File("restored")).ShouldBeFalse();
    }
}
