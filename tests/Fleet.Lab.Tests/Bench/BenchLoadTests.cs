using System.Diagnostics;
using System.Globalization;
using System.Net;
using Fleet.Lab.Bench;

namespace Fleet.Lab.Tests.Bench;

public sealed class BenchLoadTests
{
    [Fact]
    public async Task A_target_stops_when_its_turn_is_over_and_goes_on_when_it_comes()
    {
        using Process process = Process.Start("sleep", "60");
        try
        {
            var target = new RunningTarget("any", new IPEndPoint(IPAddress.Loopback, 1), process.Id);
            var load = new BenchLoad(new CellTarget(target, new BenchTraffic(BenchWorkload.All[0], new Random(1)), null), null!);
            load.Stop();
            await ShouldBecome(process.Id, 'T');
            load.Go();
            await ShouldBecome(process.Id, 'S');
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    // A signal is taken by the process when it runs next.
    private static async Task ShouldBecome(int pid, char state)
    {
        string stat = "";
        for (int look = 0; look < 200 && !stat.StartsWith(state); look++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
            string file = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat";
            stat = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Split(") ")[1];
        }

        stat.ShouldStartWith(state.ToString());
    }
}
