namespace Fleet.Proxy.Tests.Engine;

public class ModerationTests
{
    private const int Longest = 100;
    private const int Window = 10_000;

    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(0.5, 0)]
    [InlineData(0.625, 50)]
    [InlineData(0.75, 100)]
    [InlineData(1, 100)]
    public void Turns_are_spaced_by_how_busy_the_loop_is(double share, int spacing)
    {
        var moderation = new Proxy.Engine.Moderation(Longest, Window);
        _ = Run(moderation, share, windows: 40);
        moderation.BusyShare.ShouldBe(share, 0.001);
        ((int)moderation.SpacingTicks).ShouldBeInRange(spacing - 1, spacing + 1);
    }

    [Fact]
    public void A_loop_that_is_idle_again_takes_the_first_event_at_once()
    {
        var moderation = new Proxy.Engine.Moderation(Longest, Window);
        long now = Run(moderation, 1, windows: 40);
        moderation.SpacingTicks.ShouldBe(Longest);

        // One long sleep is one window, however long.
        moderation.Waited(now, now + (1000 * Window), 0);
        moderation.SpacingTicks.ShouldBe(0);
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(16 * 1024 / 50.0, 50)]
    [InlineData(16 * 1024, 1)]
    public void No_more_than_so_many_bytes_come_between_two_turns(double bytesPerTick, int spacing)
    {
        var moderation = new Proxy.Engine.Moderation(Longest, Window);
        _ = Run(moderation, 1, windows: 40, bytesPerTick);
        ((int)moderation.SpacingTicks).ShouldBeInRange(spacing - 1, spacing + 1);
    }

    [Fact]
    public void Without_a_spacing_it_is_off()
    {
        var moderation = new Proxy.Engine.Moderation(0, Window);
        _ = Run(moderation, 1, windows: 40);
        moderation.IsOn.ShouldBeFalse();
        moderation.SpacingTicks.ShouldBe(0);
    }

    /// <summary>Turns of a tenth of a window each, of which the share is work; the time at the end.</summary>
    private static long Run(Proxy.Engine.Moderation moderation, double share, int windows, double bytesPerTick = 0)
    {
        long now = 0;
        for (int turn = 0; turn < windows * 10; turn++)
        {
            long from = now + (long)(share * Window / 10);
            now += Window / 10;
            moderation.Waited(from, now, (long)(now * bytesPerTick));
        }

        return now;
    }
}
