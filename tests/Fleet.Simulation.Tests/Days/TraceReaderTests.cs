using System.Collections.Immutable;
using Fleet.Simulation.Days;

namespace Fleet.Simulation.Tests.Days;

public class TraceReaderTests
{
    [Fact]
    public void ReadsSharesOfThePeakFirst()
    {
        (Trace? trace, ImmutableArray<string> problems) = Read("# comment\nhour,my_rps,fraction_of_peak\n0,9,0.5\n1,8,1\n2,7,0.25\n");
        problems.ShouldBeEmpty();
        trace!.Column.ShouldBe("fraction_of_peak");
        trace.SlotSeconds.ShouldBe(3600);
        trace.Qps(1000).ShouldBe([500, 1000, 250]);
    }

    [Fact]
    public void ARateIsScaledSoThatItsLargestIsThePeak()
    {
        (Trace? trace, _) = Read("seconds,rate\n0,10\n60,20\n");
        trace!.SlotSeconds.ShouldBe(60);
        trace.Qps(600_000).ShouldBe([300_000, 600_000]);
        Read("hour,a_rps,b_rps\n0,1,2\n1,2,2\n", "b_rps").Trace!.Qps(10).ShouldBe([10, 10]);
    }

    [Fact]
    public void ListsEveryProblemWithItsLine()
    {
        (Trace? trace, ImmutableArray<string> problems) = Read("hour,fraction\n0,0.5\n1,-0.1\n2,\n3,1.5\n5,0.2\n5,0.2\nx,1\n7,0.1,9\n");
        trace.ShouldBeNull();
        problems.ShouldBe(
        [
            "line 3: fraction is \"-0.1\"; expected a number of at least 0",
            "line 4: fraction is missing; a trace has no gaps",
            "line 5: fraction is 1.5; a fraction is at most 1 (name the column a rate if it is one)",
            "line 8: hour is \"x\"; expected a number",
            "line 9: 3 fields, but the header has 2",
            "line 6: hour 5 follows 3: a gap; the other rows are 1 apart",
            "line 7: hour 5 follows 5; times must ascend",
        ]);
    }

    [Theory]
    [InlineData("", "line 1: no header")]
    [InlineData("hour,rate\n0,5\n", "line 2: a trace needs at least two rows; it has 1")]
    [InlineData("when,rate\n0,5\n1,5\n", "line 1: no column hour or seconds")]
    [InlineData("hour,x\n0,5\n1,5\n", "line 1: no column of loads")]
    [InlineData("hour,rate\n0,0\n1,0\n", "line 2: every load is 0")]
    public void NamesWhatIsMissing(string text, string problem) => Read(text).Problems[0].ShouldStartWith(problem);

    private static (Trace? Trace, ImmutableArray<string> Problems) Read(string text, string? column = null)
    {
        using var reader = new StringReader(text);
        return TraceReader.Read(reader, column);
    }
}
