using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class TailTestTests
{
    [Theory]
    [InlineData(10, 3, 0.5, 0.9453125)]
    [InlineData(10, 10, 0.5, 0.0009765625)]
    [InlineData(5, 1, 0.2, 0.67232)]
    [InlineData(20, 4, 0.1, 0.13295)]
    public void UpperTailIsTheBinomialOne(long n, long k, double share, double expected) =>
        TailTest.UpperTail(n, k, share).ShouldBe(expected, 1e-5);

    [Theory]
    [InlineData(36_000_000, 360_001, 0.01, 0.4995567762426998)]
    [InlineData(36_000_000, 361_195, 0.01, 0.02274784781248177)]
    [InlineData(400_000, 4_100, 0.01, 0.057360838827853346)]
    public void OfManyRequestsTheNormalDistributionStandsForTheBinomial(long n, long k, double share, double exact) =>
        TailTest.UpperTail(n, k, share).ShouldBe(exact, 5e-4);

    [Fact]
    public void AShareWithinThePromiseNeverBreaksIt() => TailTest.Breaks(2500, 25, 99, 0.05).ShouldBeFalse();

    [Fact]
    public void ALuckSizedExcessDoesNotBreakThePromise() => TailTest.Breaks(2500, 30, 99, 0.01).ShouldBeFalse();

    [Fact]
    public void TwiceTheShareBreaksThePromise() => TailTest.Breaks(2500, 50, 99, 0.01).ShouldBeTrue();

    [Fact]
    public void AnExcessAsRareAsAlphaIsAnAccidentAndARarerOneIsNone()
    {
        double chance = TailTest.UpperTail(2500, 40, TailTest.Allowed(99));
        TailTest.Breaks(2500, 40, 99, chance).ShouldBeFalse();
        TailTest.Breaks(2500, 40, 99, chance * 1.0001).ShouldBeTrue();
    }

    [Fact]
    public void TwoSlowRequestsAreAnAccident() => TailTest.Breaks(20, 2, 99, 0.05).ShouldBeFalse();

    [Theory]
    [InlineData(10_000)]
    [InlineData(40_000)]
    public void ErrorOfTheP99OfAnExponentialIsAsTheFormulaSays(long n)
    {
        // Var[ln q] = p / ((1 - p) n (ln(1 - p))^2) for an exponential: the standard error is 2.16 / sqrt(n).
        double error = TailTest.LogStandardError(p => -Math.Log(Math.Max(1 - (p / 100), 1e-12)), n, 99);
        error.ShouldBe(2.16 / Math.Sqrt(n), 0.1 / Math.Sqrt(n));
    }
}
