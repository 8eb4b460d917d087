using Fleet.Lab.Demo;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Tests.Demo;

public class ChildStarterTests
{
    [Fact]
    public async Task AChildEndsWithTheThreadThatStartedIt()
    {
        string log = Path.Combine(Directory.CreateTempSubdirectory("fleet-test").FullName, "log");
        int pid;
        using (var starter = new ChildStarter())
        {
            pid = await starter.StartAsync(["sleep", "60"], log, diesWithParent: true);
            await Until(() => File.Exists($"/proc/{pid}/comm") && File.ReadAllText($"/proc/{pid}/comm") == "sleep\n");
        }

        await Until(() => ProcessIdentity.Of(pid) is null);
        Directory.Delete(Path.GetDirectoryName(log)!, recursive: true);
    }

    private static async Task Until(Func<bool> condition)
    {
        for (int i = 0; i < 500; i++)
        {
            if (condition())
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("the condition did not come true within 5 s");
    }
}
