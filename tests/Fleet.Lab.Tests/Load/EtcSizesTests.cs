using Fleet.Lab.Load;

namespace Fleet.Lab.Tests.Load;

public class EtcSizesTests
{
    // Quantile functions of the published distributions, evaluated by hand: GEV(30.7984, 8.20449, 0.078688).
    [Theory]
    [InlineData(0.05, 22)]
    [InlineData(0.5, 34)]
    [InlineData(0.9, 51)]
    [InlineData(0.99, 76)]
    public void KeySizesFollowTheGeneralisedExtremeValueDistribution(double quantile, int bytes) =>
        EtcSizes.KeyBytes(quantile).ShouldBe(bytes);

    // The discrete head: cumulated 0.00536, 0.00583, 0.18403, 0.27642 … 0.44155.
    [Theory]
    [InlineData(0.004, 0)]
    [InlineData(0.0055, 1)]
    [InlineData(0.1, 2)]
    [InlineData(0.2, 3)]
    [InlineData(0.4, 11)]
    [InlineData(0.4415, 14)]
    [InlineData(0.4416, 15)]
    public void SmallValuesHaveTheirMeasuredShares(double quantile, int bytes) => EtcSizes.ValueBytes(quantile).ShouldBe(bytes);

    // Above the head: 15 + 214.476 ((1 - v)^-0.348238 - 1) / 0.348238 at v = (u - 0.44155) / 0.55845.
    [Theory]
    [InlineData(0.5, 183)]
    [InlineData(0.9, 772)]
    [InlineData(0.99, 2461)]
    public void LargeValuesFollowTheGeneralisedParetoDistribution(double ofTheRest, int bytes) =>
        EtcSizes.ValueBytes(0.44155 + (0.55845 * ofTheRest)).ShouldBeInRange(bytes - 1, bytes + 1);

    [Fact]
    public void SizesStayInsideTheProtocol()
    {
        EtcSizes.KeyBytes(0).ShouldBe(EtcSizes.MinKeyBytes);
        EtcSizes.KeyBytes(1).ShouldBeLessThanOrEqualTo(EtcSizes.MaxKeyBytes);
        EtcSizes.ValueBytes(1).ShouldBe(EtcSizes.MaxValueBytes);
    }
}
