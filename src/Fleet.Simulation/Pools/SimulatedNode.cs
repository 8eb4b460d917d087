using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Pools;

/// <summary>One simulated server with its agent: obeys commands, makes slices and readings.</summary>
public sealed class SimulatedNode
{
    // Spreads of repeats are heavy-tailed: Student t with 4 degrees of freedom, as the surface benchmark draws them.
    private const int RunDegrees = 4;
    private static readonly TimeSpan RunLength = TimeSpan.FromSeconds(20);

    private readonly Chance _chance;
    private readonly List<(DateTimeOffset Due, PoolEvent Answer, Setting? Takes)> _answers = [];
    private readonly NoiseModel _noise;
    private readonly FaultCounts _counts;
    private readonly LatencyHistogram _scratch;
    private readonly LatencyHistogram[] _drawn;
    private (double Watts, double Latency) _run = (1, 1);
    private DateTimeOffset _runEnds;
    private Setting? _runSetting;

    /// <summary>Creates a node at the kernel default.</summary>
    /// <remarks>Nodes of a pool may share one histogram to draw into: a slice keeps the filled buckets only.</remarks>
    internal SimulatedNode(
        string nodeId, IServer server, NoiseModel noise, Chance chance, FaultCounts? counts = null, LatencyHistogram? scratch = null)
    {
        _drawn = [_scratch = scratch ?? new LatencyHistogram()];
        _counts = counts ?? new FaultCounts();
        NodeId = nodeId;
        Server = server;
        _noise = noise;
        _chance = chance;
    }

    /// <summary>The node's id.</summary>
    public string NodeId { get; }

    /// <summary>What it does with a load; may be replaced (a change of software).</summary>
    public IServer Server { get; set; }

    /// <summary>What goes wrong on it.</summary>
    public Faults Faults { get; set; } = new();

    /// <summary>Whether its agent answers.</summary>
    public bool AgentAlive { get; set; } = true;

    /// <summary>Whether its server answers: a dead one fails every request that is sent to it.</summary>
    public bool ServerAlive { get; internal set; } = true;

    /// <summary>Whether the pool's control was told that the agent answers.</summary>
    internal bool Announced { get; set; }

    /// <summary>The setting truly in force.</summary>
    public Setting InForce { get; internal set; } = Setting.Default;

    /// <summary>When the setting in force last changed.</summary>
    public DateTimeOffset ChangedAt { get; private set; }

    /// <summary>Load that it carries now, requests per second.</summary>
    public double Qps { get; internal set; }

    /// <summary>Since when neither its load nor its setting changed; null before the first load.</summary>
    internal DateTimeOffset? QuietSince { get; set; }

    /// <summary>The load that it carries since then, up to changes that are not worth a look.</summary>
    internal double QuietQps { get; set; }

    /// <summary>Where somebody who watches the pool keeps the node's account.</summary>
    internal object? Account { get; set; }

    /// <summary>End of its last slice, without views; null before the first.</summary>
    internal DateTimeOffset? SampledTo { get; set; }

    /// <summary>Takes a command; the answer comes later, or never.</summary>
    internal void Command(ApplySetting apply, DateTimeOffset now)
    {
        bool lost = _chance.Happens(Faults.LostApply);
        if (!AgentAlive || (lost && _chance.Happens(0.5)))
        {
            _counts.Note(lost ? "command lost" : "agent lost");
            return;
        }

        bool slow = _chance.Happens(Faults.SlowApply);
        DateTimeOffset due = now + TimeSpan.FromMilliseconds(slow ? _chance.Between(1500, 4000) : _chance.Between(1, 20));
        NoteIf(slow, "slow apply");
        if (_chance.Happens(Faults.RefusedApply))
        {
            _counts.Note("command refused");
            _answers.Add((due, new ApplyFailed(NodeId, apply.CommandId, "EINVAL from the driver"), null));
            return;
        }

        Setting takes = Clamp(apply.Setting);
        NoteIf(lost, "answer lost");
        NoteIf(!takes.Equals(apply.Setting), "clamped setting");
        PoolEvent? answer = lost ? new RoutesAcknowledged(-1) : new SettingApplied(NodeId, apply.CommandId, takes);
        _answers.Add((due, answer, takes));
    }

    /// <summary>Answers that are due; the settings that they speak of are in force from then on.</summary>
    internal void TakeAnswers(DateTimeOffset now, ICollection<PoolEvent> into)
    {
        if (_answers.Count == 0)
        {
            return;
        }

        foreach (var answer in _answers.Where(a => a.Due <= now).OrderBy(a => a.Due).ToArray())
        {
            _answers.Remove(answer);
            if (answer.Takes is { } setting && AgentAlive)
            {
                Force(setting, now);
            }

            if (AgentAlive)
            {
                into.Add(answer.Answer);
            }
        }
    }

    /// <summary>Restarts the agent: it restores the kernel default and forgets its commands.</summary>
    public void RestartAgent(DateTimeOffset now)
    {
        _answers.Clear();
        Force(Setting.Default, now);
    }

    /// <summary>Traffic of one interval, with every latency multiplied by <paramref name="slowed"/>.</summary>
    internal TrafficSlice Slice(DateTimeOffset start, TimeSpan duration, double slowed = 1)
    {
        long requests = _chance.Poisson(Qps * duration.TotalSeconds);
        if (!ServerAlive)
        {
            return new TrafficSlice(start, duration, 0, requests, 0, new LatencyHistogram(), Reachable: false);
        }

        LatencyHistogram latencies = _scratch;
        latencies.Clear();

        RenewRun(start);
        Server.Record(latencies, InForce, Qps, requests, _run.Latency * slowed, _chance);
        if (_chance.Happens(_noise.StallsPerSecond * duration.TotalSeconds))
        {
            double stallUs = -Math.Log(1 - _chance.Unit()) * _noise.MeanStall.TotalMicroseconds;
            long stalled = _chance.Poisson(Qps * stallUs / 1e6);
            for (long i = 0; i < stalled; i++)
            {
                latencies.RecordUs(_chance.Between(0, stallUs) + Server.DrawLatencyUs(InForce, Qps, _chance));
            }
        }

        LatencyHistogram filled = LatencyHistogram.SumOf(_drawn);
        return new TrafficSlice(start, duration, filled.Count, 0, Qps > 0 ? (long)(Qps * 1e-4) : 0, filled, Reachable: true);
    }

    /// <summary>Sensors over one interval.</summary>
    internal NodeReading Reading(DateTimeOffset start, TimeSpan duration)
    {
        double? watts = Server.Watts(InForce, Qps) * _run.Watts * Math.Exp(_noise.PowerSd * _chance.Normal());
        if (_chance.Happens(Faults.LyingPower))
        {
            _counts.Note("lying sensor");
            watts = new[] { 0, -3, double.NaN, 53_130, double.PositiveInfinity }[(int)_chance.Between(0, 5)];
        }

        TimeSpan cpu = duration * Server.Busy(InForce, Qps);
        return new NodeReading(
            start + duration, duration, Faults.NoPower ? null : watts, Faults.NoPower ? PowerSource.Unknown : PowerSource.Model,
            cpu * 0.6, cpu * 0.4, 0, 0, InForce, null);
    }

    /// <summary>Steps that a report is late; 0 when it comes in time.</summary>
    internal int LateSteps()
    {
        if (Faults.LateTelemetry <= 0 || !_chance.Happens(Faults.LateTelemetry))
        {
            return 0;
        }

        _counts.Note("late telemetry");
        return 1 + (int)_chance.Between(0, 8);
    }

    private void NoteIf(bool happened, string kind)
    {
        if (happened)
        {
            _counts.Note(kind);
        }
    }

    /// <summary>Draws from the node's own generator.</summary>
    internal bool Loses(double share) => _chance.Happens(share);

    /// <summary>Published repeats differ by more than their windows' own error: each run of 20 s, or of a new setting, has its factors.</summary>
    private void RenewRun(DateTimeOffset now)
    {
        RunSpread spread = Server.Spread;
        if (spread != default && (now >= _runEnds || !InForce.Equals(_runSetting)))
        {
            (_runEnds, _runSetting) = (now + RunLength, InForce);
            _run = (Math.Exp(spread.Watts * _chance.Student(RunDegrees)), Math.Exp(spread.Latency * _chance.Student(RunDegrees)));
        }
    }

    private void Force(Setting setting, DateTimeOffset now)
    {
        if (!setting.Equals(InForce))
        {
            InForce = setting;
            ChangedAt = now;
            QuietSince = now;
        }
    }

    private Setting Clamp(Setting setting) =>
        Faults.ClampUs is { } most && setting.Values.TryGetValue(ServerModel.FlushKnob, out long timer) && timer > most
            ? new Setting(setting.Values.Select(v => v.Key == ServerModel.FlushKnob ? new(v.Key, most) : v))
            : setting;
}
