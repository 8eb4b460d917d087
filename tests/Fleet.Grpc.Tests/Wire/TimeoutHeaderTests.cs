using Fleet.Grpc.Wire;

namespace Fleet.Grpc.Tests.Wire;

public sealed class TimeoutHeaderTests
{
    [Theory]
    [InlineData("1H", 3600_000_000)]
    [InlineData("2M", 120_000_000)]
    [InlineData("3S", 3_000_000)]
    [InlineData("4m", 4_000)]
    [InlineData("5u", 5)]
    [InlineData("6000n", 6)]
    [InlineData("99999999u", 99_999_999)]
    public void Units(string text, long microseconds)
    {
        TimeoutHeader.TryParse(text, out TimeSpan timeout).ShouldBeTrue();
        timeout.ShouldBe(TimeSpan.FromMicroseconds(microseconds));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("-1S")]
    [InlineData(" 1S")]
    [InlineData("1.5S")]
    [InlineData("100000000S")]
    public void Other_texts_are_refused(string? text) => TimeoutHeader.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(0L, "1n")]
    [InlineData(-5L, "1n")]
    [InlineData(1L, "1u")]
    [InlineData(10_000_000L, "1000000u")]
    [InlineData(TimeSpan.TicksPerHour, "3600000m")]
    [InlineData(long.MaxValue, "99999999H")]
    public void Timeouts_are_written_in_the_finest_unit_that_fits(long ticks, string text) =>
        TimeoutHeader.Format(new TimeSpan(ticks)).ShouldBe(text);

    [Theory]
    [InlineData(1L)]
    [InlineData(999_999_995L)]
    [InlineData(1_000_000_001L)]
    [InlineData(TimeSpan.TicksPerDay * 1000 + 7)]
    [InlineData(TimeSpan.TicksPerDay * 100_000 + 7)]
    public void A_timeout_never_shrinks_on_its_way(long ticks)
    {
        TimeoutHeader.TryParse(TimeoutHeader.Format(new TimeSpan(ticks)), out TimeSpan parsed).ShouldBeTrue();
        parsed.Ticks.ShouldBeInRange(ticks, ticks + ticks / 10_000 + 10);
    }
}
