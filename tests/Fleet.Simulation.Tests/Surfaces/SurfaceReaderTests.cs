using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Simulation.Surfaces;
using Fleet.Testing;

namespace Fleet.Simulation.Tests.Surfaces;

public class SurfaceReaderTests
{
    [Fact]
    public void ReadsKnobsLoadsSpreadsAndTheDefaultRow()
    {
        (Surface? surface, ImmutableArray<string> problems) = Read("""
            # a comment
            qps,rx_usecs,mode,watts,p99_us,watts_sd,p99_us_sd,runs
            1000,2,irq,50,100,0.5,1,2
            1000,400,irq,40,300,,,1
            1000,400,poll,42,250,,,1
            1000,,,60,90,,,3
            """);

        problems.ShouldBeEmpty();
        surface!.Loads.ShouldBe([1000.0]);
        surface.Space.Knobs.Select(k => (k.Name, k.Scale)).ShouldBe([("mode", KnobScale.Enum), ("rx_usecs", KnobScale.Log)]);
        surface.Find(1000, Setting.Default)!.Watts.ShouldBe(60);
        surface.Find(1000, new Setting([new("mode", 0), new("rx_usecs", 2)]))!.PercentileUsSd.ShouldBe(1);
        surface.Find(1000, new Setting([new("mode", 1), new("rx_usecs", 2)])).ShouldBeNull();
    }

    [Fact]
    public void ListsEveryProblemWithItsLine()
    {
        (Surface? surface, ImmutableArray<string> problems) = Read("""
            qps,rx_usecs,cpu_mhz,watts,p99_us
            1000,2,1300,-5,100
            1000,2,,50,100
            1000,2,1500,50
            1000,2,1700,50,nan
            1000,2,1900,50,100
            1000,2,1900,51,101
            """);

        surface.ShouldBeNull();
        problems.Length.ShouldBe(5);
        problems[0].ShouldBe("line 2: watts is \"-5\"; expected a number above 0");
        problems[1].ShouldStartWith("line 3: some knobs are empty");
        problems[2].ShouldBe("line 4: 4 fields, but the header has 5");
        problems[3].ShouldStartWith("line 5: p99_us is \"nan\"");
        problems[4].ShouldStartWith("line 7: the same load and setting as line 6");
    }

    [Theory]
    [InlineData("", "line 1: no header")]
    [InlineData("qps,rx_usecs,p99_us\n1,2,3", "line 1: column watts is missing")]
    [InlineData("qps,watts,p99_us\n1,2,3", "line 1: no knob column")]
    [InlineData("qps,k,k,watts,p99_us\n1,2,3,4,5", "line 1: column \"k\" occurs 2 times")]
    [InlineData("qps,k,watts,p99_us", "line 1: no row after the header")]
    public void NamesWhatTheHeaderLacks(string text, string problem) => Read(text).Problems[0].ShouldStartWith(problem);

    [Fact]
    public void ReadsThePublishedSurface()
    {
        string? path = RepositoryRoot.SharedData("surfaces/memcached-e5-2690-linux.csv", out string reason);
        Assert.SkipWhen(path is null, reason);
        using StreamReader text = File.OpenText(path!);

        (Surface? surface, ImmutableArray<string> problems) = SurfaceReader.Read(text);

        problems.ShouldBeEmpty();
        surface!.Space.Cells.ShouldBe(99);
        surface.Loads.ShouldBe([200_000.0, 400_000, 600_000]);
        surface.WattsNoise.ShouldBeInRange(0.008, 0.016);
        surface.PercentileNoise.ShouldBeInRange(0.01, 0.02);
    }

    private static (Surface? Surface, ImmutableArray<string> Problems) Read(string text) => SurfaceReader.Read(new StringReader(text));
}
