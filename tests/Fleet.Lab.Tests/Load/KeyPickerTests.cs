using Fleet.Lab.Load;

namespace Fleet.Lab.Tests.Load;

public class KeyPickerTests
{
    [Fact]
    public void UniformReachesEveryKeyEqually()
    {
        var picker = new KeyPicker(4, KeyPopularity.Uniform, 1);
        Enumerable.Range(0, 8).Select(i => picker.Pick(i / 8.0)).ShouldBe([0, 0, 1, 1, 2, 2, 3, 3]);
        picker.Pick(0.9999999999999999).ShouldBe(3);
    }

    [Fact]
    public void ZipfGivesEachRankItsShare()
    {
        const int keys = 100, draws = 200_000;
        var picker = new KeyPicker(keys, KeyPopularity.Zipf, 1);
        var random = new Random(5);
        int[] counts = new int[keys];
        for (int i = 0; i < draws; i++)
        {
            counts[picker.Pick(random.NextDouble())]++;
        }

        double harmonic = Enumerable.Range(1, keys).Sum(r => 1.0 / r);
        foreach (int rank in new[] { 1, 2, 10, 50 })
        {
            double expected = draws / (rank * harmonic);
            ((double)counts[rank - 1]).ShouldBe(expected, 5 * Math.Sqrt(expected), $"rank {rank}");
        }
    }
}
