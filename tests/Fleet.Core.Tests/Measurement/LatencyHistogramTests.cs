using Fleet.Core.Measurement;
using FsCheck;
using FsCheck.Fluent;

namespace Fleet.Core.Tests.Measurement;

public class LatencyHistogramTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(63, 63)]
    [InlineData(64, 64)]
    [InlineData(127, 127)]
    [InlineData(128, 128)]
    [InlineData(129, 128)]
    [InlineData(130, 129)]
    [InlineData(255, 191)]
    [InlineData(256, 192)]
    [InlineData(1L << 20, 64 + (14 * 64))]
    [InlineData((1L << 37) - 1, 2047)]
    [InlineData(1L << 37, 2047)]
    [InlineData(long.MaxValue, 2047)]
    [InlineData(-5, 0)]
    public void A_value_lies_in_the_documented_bucket(long ns, int bucket) => LatencyHistogram.IndexOf(ns).ShouldBe(bucket);

    [Fact]
    public void What_came_over_the_wire_answers_as_what_was_sent_also_after_something_was_added()
    {
        Prop.ForAll(Gen.Choose(0, 40_000_000).NonEmptyListOf().ToArbitrary(), sample =>
        {
            var sent = new LatencyHistogram();
            sample.ToList().ForEach(ns => sent.RecordNs(ns));
            LatencyHistogram Received() => LatencyHistogram.FromSparse(
                [.. sent.Sparse().Select(s => (uint)s.Bucket)], [.. sent.Sparse().Select(s => (ulong)s.Count)], sent.SumUs, sent.MaxUs);
            ShouldAgree(Received(), sent);
            var twice = new LatencyHistogram();
            twice.Add(sent);
            twice.Add(Received());
            LatencyHistogram grown = Received();
            grown.Add(sent);
            ShouldAgree(grown, twice);
            LatencyHistogram cleared = Received();
            cleared.Clear();
            cleared.Count.ShouldBe(0);
            cleared.RecordNs(100);
            cleared.Sparse().ShouldBe([(LatencyHistogram.IndexOf(100), 1L)]);
        }).QuickCheckThrowOnFailure();
    }

    private static void ShouldAgree(LatencyHistogram a, LatencyHistogram b)
    {
        a.Count.ShouldBe(b.Count);
        a.Sparse().ShouldBe(b.Sparse());
        foreach (double p in new[] { 0, 1, 50, 99, 99.9, 100 })
        {
            a.PercentileUs(p).ShouldBe(b.PercentileUs(p), 1e-9);
        }

        foreach (double us in new[] { 0, 0.05, 1, 100, 1000, 39_000, 1e6 })
        {
            a.CountAboveUs(us).ShouldBe(b.CountAboveUs(us));
        }
    }

    [Fact]
    public void Percentiles_of_any_sample_are_within_one_bucket_of_the_sorted_sample()
    {
        Prop.ForAll(Gen.Choose(0, 40_000_000).NonEmptyListOf().ToArbitrary(), sample =>
        {
            var histogram = new LatencyHistogram();
            foreach (int ns in sample)
            {
                histogram.RecordNs(ns);
            }

            long[] sorted = [.. sample.Select(v => (long)v).Order()];
            foreach (double p in new[] { 1.0, 50, 90, 99, 100 })
            {
                double exactUs = sorted[Math.Max((int)Math.Ceiling(p / 100 * sorted.Length) - 1, 0)] / 1000.0;
                double tolerance = Math.Max(exactUs / 64, 0.001) + 1e-9;
                histogram.PercentileUs(p).ShouldBeInRange(exactUs - tolerance, exactUs + tolerance);
                histogram.PercentileUs(p).ShouldBeLessThanOrEqualTo(histogram.MaxUs);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Count_above_is_exact_at_bucket_edges_and_proportional_inside()
    {
        var histogram = new LatencyHistogram();
        histogram.RecordNs(100);
        histogram.RecordNs(1 << 20, 64);
        histogram.RecordNs(1 << 21, 3);
        histogram.CountAboveUs(0.099).ShouldBe(68);
        histogram.CountAboveUs(0.1).ShouldBe(67);
        histogram.CountAboveUs((1 << 20) / 1000.0).ShouldBe(67);
        histogram.CountAboveUs(((1 << 20) + (1 << 13)) / 1000.0).ShouldBe(35);
        histogram.CountAboveUs((1 << 21) / 1000.0).ShouldBe(0);
        histogram.CountAboveUs(-1).ShouldBe(68);
    }

    [Fact]
    public void Sums_and_maxima_add_up()
    {
        var a = new LatencyHistogram();
        a.RecordUs(1.5);
        a.RecordUs(double.NaN);
        var b = new LatencyHistogram();
        b.RecordNs(2_500, 2);
        a.Add(b);
        a.Count.ShouldBe(4);
        a.SumUs.ShouldBe(6.5);
        a.MaxUs.ShouldBe(2.5);
        a.MeanUs.ShouldBe(6.5 / 4);
        a.Clear();
        (a.Count, a.SumUs, a.MaxUs).ShouldBe((0, 0, 0));
        a.PercentileUs(50).ShouldBe(double.NaN);
    }

    [Fact]
    public void Latencies_beyond_137_s_stay_in_the_last_bucket_and_below_the_maximum()
    {
        var histogram = new LatencyHistogram();
        histogram.RecordUs(200e6);
        histogram.Sparse().ShouldBe([(2047, 1)]);
        histogram.PercentileUs(99).ShouldBeLessThanOrEqualTo(200e6);
        histogram.CountAboveUs(201e6).ShouldBe(0);
    }

    [Fact]
    public void Sparse_data_rebuilds_the_same_histogram()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue).NonEmptyListOf().ToArbitrary(), sample =>
        {
            var histogram = new LatencyHistogram();
            foreach (int ns in sample)
            {
                histogram.RecordNs(ns);
            }

            var sparse = histogram.Sparse().ToList();
            var copy = LatencyHistogram.FromSparse(
                [.. sparse.Select(s => (uint)s.Bucket)], [.. sparse.Select(s => (ulong)s.Count)], histogram.SumUs, histogram.MaxUs);
            copy.Sparse().ShouldBe(sparse);
            copy.Count.ShouldBe(histogram.Count);
            copy.MaxUs.ShouldBe(histogram.MaxUs);
            copy.PercentileUs(99).ShouldBe(histogram.PercentileUs(99));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(new uint[] { 2048 }, new ulong[] { 1 }, 1, 1, "2048 is outside 0 to 2047")]
    [InlineData(new uint[] { 5, 5 }, new ulong[] { 1, 1 }, 1, 1, "5 follows 5")]
    [InlineData(new uint[] { 5, 6 }, new ulong[] { 1 }, 1, 1, "2 bucket indices came with 1 counts")]
    [InlineData(new uint[] { 5, 6 }, new ulong[] { 1, ulong.MaxValue }, 1, 1, "overflows")]
    [InlineData(new uint[] { 5 }, new ulong[] { 1 }, double.NaN, 1, "sum_us is NaN")]
    [InlineData(new uint[] { 5 }, new ulong[] { 1 }, 1, double.PositiveInfinity, "max_us is")]
    [InlineData(new uint[] { 1000 }, new ulong[] { 1 }, 1, 0, "below the highest filled bucket 1000")]
    public void Hostile_sparse_data_is_refused_with_the_value_and_the_legal_range(
        uint[] buckets, ulong[] counts, double sumUs, double maxUs, string problem) =>
        Should.Throw<ArgumentException>(() => LatencyHistogram.FromSparse(buckets, counts, sumUs, maxUs)).Message.ShouldContain(problem);

    [Fact]
    public void Recording_allocates_nothing()
    {
        var histogram = new LatencyHistogram();
        histogram.RecordUs(3);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100_000; i++)
        {
            histogram.RecordUs(i);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
