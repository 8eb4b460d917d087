using System.Diagnostics;
using System.Globalization;
using Fleet.Controller.Storage;
using Fleet.Controller.Victim;
using Fleet.Testing;

namespace Fleet.Controller.Tests.Storage;

/// <summary>kill -9 of a real process at every point of a write: what was acknowledged is there, and the store goes on.</summary>
public sealed class KilledWriterTests : IDisposable
{
    private const int LastWrite = 4;
    private const int Killed = 128 + 9;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Every point that the store has.</summary>
    public static TheoryData<string> Points { get; } = new(Enum.GetNames<WritePoint>());

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Points))]
    public async Task No_acknowledged_write_is_lost(string point)
    {
        int acknowledged = await DieAsync(point);
        acknowledged.ShouldBe(LastWrite - 1, "the write that died was not acknowledged");
        var store = new FileStore(_folder.Path);
        var key = new DocumentKey("things", "one");
        StoredDocument<Written> found = (await store.ReadAsync<Written>(key, Stop)).ShouldNotBeNull();
        found.Value.Number.ShouldBeInRange(acknowledged, LastWrite);
        found.Value.Filler.Length.ShouldBe(10_000);
        (await store.ListAsync("things", Stop)).ShouldBe(["one"]);
        await store.WriteAsync(key, found.Value with { Number = 100 }, found.Etag, Stop);
        (await store.ReadAsync<Written>(key, Stop))!.Value.Number.ShouldBe(100);
    }

    private async Task<int> DieAsync(string point)
    {
        string victim = Path.Combine(AppContext.BaseDirectory, "Fleet.Controller.Victim.dll");
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [victim, _folder.Path, point, LastWrite.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
        string said = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        process.ExitCode.ShouldBe(Killed);
        return said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => int.Parse(l, CultureInfo.InvariantCulture)).Last();
    }
}
