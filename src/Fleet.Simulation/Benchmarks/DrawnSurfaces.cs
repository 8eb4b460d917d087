using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Benchmarks;

/// <summary>
/// Servers that the search's constants were not chosen on, as formulas: cores that queue as they fill, a timer that gathers work, idle
/// states and modes that trade latency for power. One to four knobs, three to thirteen values each, with their own spread between runs.
/// </summary>
public static class DrawnSurfaces
{
    private const string Delay = "rx_usecs";
    private const string Clock = "cpu_mhz";
    private const string Idle = "idle_state";
    private const string Timer = "gro_flush_usecs";
    private const string Mode = "irq_mode";

    private static readonly Knob Delays = new(Delay, [2, 10, 20, 40, 80, 160, 320], KnobScale.Log);
    private static readonly Knob Clocks = new(Clock, [1200, 1400, 1600, 1800, 2000, 2200, 2400, 2600, 2800], KnobScale.Linear);
    private static readonly Knob IdleStates = new(Idle, [0, 1, 2], KnobScale.Enum);
    private static readonly Knob Modes = new(Mode, [0, 1, 2], KnobScale.Enum);

    /// <summary>Names with the SLAs, µs, that each is judged under.</summary>
    public static ImmutableArray<(string Name, ImmutableArray<double> SlasUs)> Names { get; } =
    [
        ("one timer", [120, 200, 350]),
        ("delay and clock", [150, 250, 400]),
        ("delay and three P-states, noisy", [150, 250, 400]),
        ("delay, clock and mode", [150, 250, 400]),
        ("delay, clock, idle state and timer", [150, 250, 400]),
        ("slow requests, 12 cores", [400, 700, 1200]),
    ];

    /// <summary>The surface of a name.</summary>
    public static Surface Create(string name) => name switch
    {
        "one timer" => Make([new(Timer, [10, 20, 30, 40, 60, 80, 100, 150, 200, 250, 300, 400, 500], KnobScale.Log)], new Server(), 0.012, 0.015),
        "delay and clock" => Make([Delays, Clocks], new Server(), 0.012, 0.015),
        "delay and three P-states, noisy" => Make(
            [Delays, new(Clock, [1500, 2200, 3000], KnobScale.Linear)], new Server { FastMhz = 3000 }, 0.025, 0.04),
        "delay, clock and mode" => Make(
            [Delays, new(Clock, [1200, 1600, 2000, 2400, 2800], KnobScale.Linear), Modes], new Server(), 0.012, 0.015),
        "delay, clock, idle state and timer" => Make(
            [Delays, new(Clock, [1200, 1600, 2000, 2400, 2800], KnobScale.Linear), IdleStates, new(Timer, [0, 20, 50, 100, 200], KnobScale.Log)],
            new Server(), 0.012, 0.015),
        "slow requests, 12 cores" => Make(
            [new(Delay, [2, 10, 20, 40, 60, 80, 120, 160, 240, 320], KnobScale.Log), Clocks],
            new Server { RequestUs = 60, Cores = 12, Loads = [40_000, 80_000, 120_000] }, 0.012, 0.015),
        _ => throw new ArgumentException($"surface \"{name}\" is not known; known: {string.Join(", ", Names.Select(n => n.Name))}", nameof(name)),
    };

    private static Surface Make(Knob[] knobs, Server server, double wattsSpread, double latencySpread)
    {
        var space = new KnobSpace(knobs);
        IEnumerable<SurfaceCell> cells =
            from qps in server.Loads
            from setting in space.Enumerate().Append(Setting.Default)
            let watts = server.Watts(setting, qps)
            let latencyUs = server.LatencyUs(setting, qps)
            select new SurfaceCell(qps, setting, watts, latencyUs, wattsSpread * watts, latencySpread * latencyUs, 3);
        return new Surface(space, cells);
    }

    /// <summary>The formulas; the default runs near the fastest clock with a short delay.</summary>
    private sealed record Server
    {
        public double RequestUs { get; init; } = 14;

        public int Cores { get; init; } = 16;

        public double FastMhz { get; init; } = 2800;

        public ImmutableArray<double> Loads { get; init; } = [200_000, 400_000, 600_000];

        public double Watts(Setting setting, double qps)
        {
            double speed = Mhz(setting) / FastMhz;
            double idle = Value(setting, Idle, 1) switch { 0 => 1.25, 1 => 1, _ => 0.9 };
            double mode = Value(setting, Mode, 0) switch { 0 => 1, 1 => 1.06, _ => 0.95 };
            return 30 + (70 * (Busy(setting, qps) + (0.25 * idle)) * Math.Pow(speed, 2.2) * mode);
        }

        public double LatencyUs(Setting setting, double qps)
        {
            double busy = Busy(setting, qps);
            double service = 2.2 * RequestUs * FastMhz / Mhz(setting);
            double wake = Value(setting, Idle, 1) switch { 0 => 0, 1 => 8, _ => 45 };
            double mode = Value(setting, Mode, 0) switch { 0 => 1, 1 => 0.7, _ => 1.25 };
            return (service * (1 + (busy * busy / (1 - busy)))) + (0.92 * WaitUs(setting) * mode) + wake;
        }

        private double Busy(Setting setting, double qps)
        {
            double batching = 0.65 + (0.35 / (1 + (WaitUs(setting) * qps / 1.4e7)));
            return Math.Min(0.97, qps * RequestUs * 1.15 * batching / (1e6 * Cores * Mhz(setting) / FastMhz));
        }

        private double WaitUs(Setting setting) => Value(setting, Delay, setting.Values.ContainsKey(Timer) ? 0 : 20) + Value(setting, Timer, 0);

        private double Mhz(Setting setting) => Value(setting, Clock, 0.93 * FastMhz);

        private static double Value(Setting setting, string knob, double otherwise) =>
            setting.Values.TryGetValue(knob, out long value) ? value : otherwise;
    }
}
