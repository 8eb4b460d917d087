using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Numerics;
using Fleet.Core.Search;

namespace Fleet.Core.Tests.Search;

/// <summary>What holds of every search, on knob spaces, servers, exclusions and noise that the seed draws.</summary>
public class SearchPropertyTests
{
    private static readonly ConstrainedSearch Search = new();

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 12).Select(i => (ulong)i)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void TheSeedDecidesEverything(ulong seed)
    {
        var drawn = new DrawnServer(seed);
        SearchDecision[] once = [.. drawn.Plant().Play(Search, seed).Decisions];
        SearchDecision[] twice = [.. new DrawnServer(seed).Plant().Play(new ConstrainedSearch(), seed).Decisions];
        twice.ShouldBe(once);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void TheOrderInWhichKnobsAreDeclaredDoesNotMatter(ulong seed)
    {
        var drawn = new DrawnServer(seed);
        SearchDecision[] declared = [.. drawn.Plant().Play(Search, seed).Decisions];
        SearchDecision[] reversed = [.. drawn.Plant(reverse: true).Play(Search, seed).Decisions];
        reversed.ShouldBe(declared);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void TheUnitOfAKnobDoesNotMatter(ulong seed)
    {
        // Microseconds to nanoseconds, megahertz to kilohertz: the same server, asked in other words.
        var drawn = new DrawnServer(seed);
        Setting[] coarse = [.. drawn.Plant().Play(Search, seed).Decisions.Select(d => d.Setting)];
        Setting[] fine = [.. drawn.Plant(fineUnits: true).Play(Search, seed).Decisions.Select(d => drawn.Coarse(d.Setting))];
        fine.ShouldBe(coarse);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void NothingIllegalExcludedOrPendingIsEverProposed(ulong seed)
    {
        var drawn = new DrawnServer(seed);
        Plant plant = drawn.Plant();
        ImmutableArray<Setting> excluded = drawn.Pick(plant.Space, 0.3);
        ImmutableArray<Setting> pending = drawn.Pick(plant.Space, 0.2);
        (List<SearchDecision> decisions, _) = plant.Play(Search, seed, change: r => r with { Excluded = excluded, Pending = pending });

        decisions.Count.ShouldBeGreaterThan(1);
        decisions.ShouldAllBe(d => plant.Space.Contains(d.Setting));
        decisions.Select(d => d.Setting).Intersect(excluded).ShouldBeEmpty();
        decisions.Where(d => d.Action == SearchAction.Probe).Select(d => d.Setting).Intersect(pending).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    public void ASpaceTooLargeToEnumerateKeepsTheSameRules(ulong seed)
    {
        var plant = new Plant { Space = Large(false), Watts = s => s.IsDefault ? 110 : 40 + (s["cpu_mhz"] / 50.0) - (s["a"] / 10.0) };
        Plant reversed = new() { Space = Large(true), Watts = plant.Watts };
        (List<SearchDecision> free, _) = plant.Play(Search, seed);
        ImmutableArray<Setting> excluded = [.. free.Skip(1).Select(d => d.Setting).Distinct()];

        plant.Space.Cells.ShouldBeGreaterThan(20_000);
        free.ShouldAllBe(d => plant.Space.Contains(d.Setting));
        reversed.Play(Search, seed).Decisions.ShouldBe(free);
        plant.Play(Search, seed, change: r => r with { Excluded = excluded }).Decisions
            .Select(d => d.Setting).Intersect(excluded).ShouldBeEmpty();
    }

    private static KnobSpace Large(bool reverse)
    {
        Knob[] knobs =
        [
            new("rx_usecs", [2, 10, 20, 30, 40, 50, 100, 200, 300, 350, 400], KnobScale.Log),
            new("cpu_mhz", [1300, 1500, 1700, 1900, 2100, 2300, 2500, 2700, 2900], KnobScale.Linear),
            new("a", [.. Enumerable.Range(0, 25).Select(i => (long)i)], KnobScale.Linear),
            new("b", [.. Enumerable.Range(0, 11).Select(i => (long)i)], KnobScale.Linear),
        ];
        return new KnobSpace(reverse ? knobs.Reverse() : knobs);
    }

    /// <summary>A server of two to four knobs whose cost of each is drawn by the seed.</summary>
    private sealed class DrawnServer
    {
        private readonly Knob[] _knobs;
        private readonly double[] _watts;
        private readonly double[] _latency;
        private readonly double _slaUs;
        private readonly ulong _seed;

        public DrawnServer(ulong seed)
        {
            _seed = seed;
            var random = new SplitMix64(seed * 7919);
            List<Knob> knobs =
            [
                new("cpu_mhz", Ladder(ref random, 1000, 300), KnobScale.Linear),
                new("rx_usecs", Ladder(ref random, random.NextLong(2) * 2, 60), KnobScale.Log),
            ];
            if (random.NextDouble() < 0.5)
            {
                knobs.Add(new Knob("idle", [0, 1, 2], KnobScale.Enum));
            }

            if (random.NextDouble() < 0.5)
            {
                knobs.Add(new Knob("mode", [0, 1], KnobScale.Enum));
            }

            _knobs = [.. knobs];
            _watts = [.. _knobs.Select(_ => random.NextDouble())];
            _latency = [.. _knobs.Select(_ => random.NextDouble())];
            _slaUs = 150 + (300 * random.NextDouble());
        }

        public Plant Plant(bool reverse = false, bool fineUnits = false)
        {
            Knob[] knobs = [.. _knobs.Select(k => fineUnits ? Fine(k) : k)];
            return new Plant
            {
                Space = new KnobSpace(reverse ? knobs.Reverse() : knobs),
                SlaUs = _slaUs,
                Watts = s => s.IsDefault ? 110 : 60 + Sum(s, _watts, 12, fineUnits),
                LatencyUs = s => s.IsDefault ? 90 : 60 + Sum(s, _latency, 90, fineUnits),
            };
        }

        /// <summary>A setting in fine units in the units that were drawn.</summary>
        public Setting Coarse(Setting setting) => new(setting.Values.Select(v => v.Key switch
        {
            "cpu_khz" => KeyValuePair.Create("cpu_mhz", v.Value / 1000),
            "rx_nsecs" => KeyValuePair.Create("rx_usecs", v.Value / 1000),
            _ => v,
        }));

        public ImmutableArray<Setting> Pick(KnobSpace space, double share)
        {
            var random = new SplitMix64(_seed + (ulong)(share * 1000));
            var picked = ImmutableArray.CreateBuilder<Setting>();
            foreach (Setting setting in space.Enumerate())
            {
                if (random.NextDouble() < share)
                {
                    picked.Add(setting);
                }
            }

            return picked.ToImmutable();
        }

        private static Knob Fine(Knob knob) => knob.Name switch
        {
            "cpu_mhz" => new Knob("cpu_khz", [.. knob.LegalValues.Select(v => v * 1000)], knob.Scale),
            "rx_usecs" => new Knob("rx_nsecs", [.. knob.LegalValues.Select(v => v * 1000)], knob.Scale),
            _ => knob,
        };

        private static ImmutableArray<long> Ladder(ref SplitMix64 random, long first, long step)
        {
            var values = ImmutableArray.CreateBuilder<long>();
            long value = first;
            for (int i = 0; i < 5; i++)
            {
                values.Add(value);
                value += 1 + random.NextLong(step);
            }

            return values.ToImmutable();
        }

        /// <summary>The clock costs power and saves time, the other knobs the other way round.</summary>
        private double Sum(Setting setting, double[] weights, double scale, bool fineUnits)
        {
            Setting coarse = fineUnits ? Coarse(setting) : setting;
            double sum = 0;
            for (int k = 0; k < _knobs.Length; k++)
            {
                ImmutableArray<long> legal = _knobs[k].LegalValues;
                double share = (double)(coarse[_knobs[k].Name] - legal[0]) / (legal[^1] - legal[0]);
                bool rises = (k == 0) == (scale < 50);
                sum += weights[k] * scale * (rises ? share : 1 - share);
            }

            return sum;
        }
    }
}
