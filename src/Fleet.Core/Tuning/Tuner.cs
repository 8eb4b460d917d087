using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>
/// One node's tuner: Observe → Propose → Apply → Settle → Measure → Decide → Hold, or Revert. A step looks at the present state and
/// does what it calls for; every phase leaves on a time-out. Safety comes first: guard and abort win over everything else.
/// </summary>
internal sealed partial class Tuner
{
    // How much longer than its longest window a measurement may take before the tuner stops waiting for slices or readings.
    private static readonly TimeSpan MeasureGrace = TimeSpan.FromSeconds(3);

    private readonly TunerServices _services;
    private readonly TunerOptions _options;
    private readonly Actuator _actuator;
    private readonly WindowMeter _meter;
    private readonly ProbeAbort _abort;
    private readonly TroubleWatch _trouble;
    private readonly Disturbances _disturbances;
    private readonly PowerFilter _power;
    private readonly Quarantine _quarantine;
    private readonly OperatingPoints _points;
    private readonly HoldWatch _watch;
    private readonly TunerJournal _journal;
    private readonly CapWatch _cap = new();
    private TunerInput _in;
    private DateTimeOffset _phaseSince;
    private DateTimeOffset _searchNotBefore;
    private DateTimeOffset _holdOffUntil;
    private DateTimeOffset _lastSlice;
    private DateTimeOffset _lastSearch;
    private DateTimeOffset _lastLeave = DateTimeOffset.MinValue;
    private (string Trigger, string Reason)? _wish;
    private string _trigger = "start";
    private bool _started;
    private bool _probing;
    private bool _afterRevertSearch;
    private double? _readyFor;
    private double _holdQps;
    private string _holdReason = "";
    private SearchDecision? _decision;

    /// <summary>Creates a tuner that knows its last settled point, or none.</summary>
    public Tuner(TunerServices services, TunerInput first, OperatingPoint? settled)
    {
        _services = services;
        _options = services.Options;
        _actuator = new Actuator(services.NodeId, _options, services.NextCommandId);
        _meter = new WindowMeter(_options);
        _abort = new ProbeAbort(_options);
        _trouble = new TroubleWatch(_options);
        _disturbances = new Disturbances(_options);
        _power = new PowerFilter(_options);
        _quarantine = new Quarantine(_options);
        _points = new OperatingPoints(_options);
        _watch = new HoldWatch(_options);
        _journal = new TunerJournal(services.NodeId);
        _in = first;
        _phaseSince = _lastSlice = first.Now;
        if (settled is not null && !settled.Setting.IsDefault && services.Space.Contains(settled.Setting) && settled.Qps > 0)
        {
            _points.Add(settled);
        }
    }

    /// <summary>Where the tuner is.</summary>
    public TunerPhase Phase { get; private set; }

    /// <summary>Why it is there, for people.</summary>
    public string Reason { get; private set; } = "waiting for the first traffic";

    /// <summary>Windows spent in the present or last search.</summary>
    public int Trials { get; private set; }

    /// <summary>Whether nothing is wanted of it: it holds a setting that was read back, and only news of the node can change that.</summary>
    public bool Idle => Phase == TunerPhase.Hold && _wish is null && !Searching && _actuator.ConfirmedAt is not null;

    /// <summary>Whether what is wanted of the host was read back.</summary>
    public bool Answered => _actuator.ConfirmedAt is not null;

    /// <summary>Whether a search is under way.</summary>
    public bool Searching { get; private set; }

    /// <summary>Whether it would search if it might.</summary>
    public bool WantsSearch => _wish is not null;

    /// <summary>The setting that the node returns to and holds.</summary>
    public Setting Settled { get; private set; } = Setting.Default;

    /// <summary>What is in force; null when unknown.</summary>
    public Setting? InForce => _actuator.InForce;

    /// <summary>The probe that is wanted or in force; null when none.</summary>
    public Setting? Probe => _actuator.Exploring ? _actuator.Wanted : null;

    /// <summary>Whether a slice of the last moment was over the SLA, or far over what this node usually shows under its setting.</summary>
    public bool InTrouble(DateTimeOffset now) => _trouble.InTrouble(now);

    /// <summary>The load as the tuner sees it.</summary>
    public LoadTracker Load => _watch.Load;

    /// <summary>The latest settled point, kept across restarts; null before the first.</summary>
    public OperatingPoint? LatestPoint => _points.Latest;

    /// <summary>Whether the node is ready for the load asked for in <see cref="TunerInput.PreparedQps"/>, or cannot become so.</summary>
    public bool Prepared => _in.PreparedQps is { } qps && _readyFor == qps
        && (_in.Mode != ControlMode.Active || _actuator.ConfirmedAt is not null || _actuator.GaveUp);

    /// <summary>Whether the kernel default is wanted and was read back.</summary>
    public bool AtDefault => _actuator is { Wanted.IsDefault: true, ConfirmedAt: not null };

    /// <summary>The model's power at the default for the present load; null until known.</summary>
    public double? DefaultWatts { get; private set; }

    /// <summary>Takes a slice of the node's traffic.</summary>
    public void OnSlice(TrafficSlice slice, DateTimeOffset now)
    {
        _lastSlice = now;
        _watch.Add(slice, Phase == TunerPhase.Hold);
        _meter.Add(slice);
        if (_actuator.ConfirmedAt is { } at && slice.Start >= at + _options.SettleTime)
        {
            _watch.Guard.Add(slice, _in.Sla);
            _trouble.Add(slice, _in.Sla, now);
            if (Phase == TunerPhase.Measure)
            {
                _abort.Add(slice, _in.Sla);
            }
        }
    }

    /// <summary>Takes a reading of the node's sensors.</summary>
    public void OnReading(NodeReading reading, DateTimeOffset now)
    {
        _meter.Add(reading, _power.Accept(reading, now));
        if (_actuator.Drifted(reading.InForce, reading.End - reading.Duration))
        {
            Reason = $"the host left the setting ({reading.AgentEvent ?? "no reason given"}); applying it again";
            _meter.Stop();
            if (Phase is TunerPhase.Settle or TunerPhase.Measure)
            {
                Enter(TunerPhase.Apply);
            }
        }
    }

    /// <summary>Takes the answer to a command.</summary>
    public void OnApplied(string commandId, Setting readBack, DateTimeOffset now)
    {
        if (!_actuator.Applied(commandId, readBack, now))
        {
            return;
        }

        _watch.Guard.Reset();
        _trouble.Reset();
        if (!readBack.Equals(_actuator.Wanted))
        {
            _quarantine.Refuse(_actuator.Wanted!);
        }

        if (Phase is TunerPhase.Hold or TunerPhase.Observe)
        {
            _meter.Start(now + _options.SettleTime);
        }
    }

    /// <summary>Takes the refusal of a command.</summary>
    public void OnApplyFailed(string commandId, string error, DateTimeOffset now) => _actuator.Failed(commandId, error, now);

    /// <summary>The agent is away: what the host has is unknown until it answers again.</summary>
    public void OnAgentLost(string reason, DateTimeOffset now)
    {
        EndSearch();
        _actuator.Release();
        _meter.Stop();
        _started = false;
        _phaseSince = now;
        Phase = TunerPhase.Observe;
        Reason = $"agent lost: {reason}";
    }

    /// <summary>Looks at the state and does what it calls for.</summary>
    public void Step(TunerInput input, ICollection<PoolCommand> commands)
    {
        TunerInput before = _in;
        _in = input;
        _journal.Begin(input, _watch.Load.Qps);
        if (input.CommonTrouble)
        {
            _meter.Disturb();
        }

        OnWishesChanged(before);
        for (int turn = 0; turn < 8; turn++)
        {
            TunerPhase phase = Phase;
            StepPhase();
            if (Phase == phase)
            {
                break;
            }
        }

        _journal.MoveTo(commands);
        _actuator.Step(input.Now, commands);
    }

    private void StepPhase()
    {
        if (_in.Mode == ControlMode.Observe && (Phase != TunerPhase.Observe || !_started || _actuator.Wanted is not { IsDefault: true }))
        {
            EnterObserveMode();
        }

        switch (Phase)
        {
            case TunerPhase.Observe: StepObserve(); break;
            case TunerPhase.Propose: StepPropose(); break;
            case TunerPhase.Apply: StepApply(); break;
            case TunerPhase.Settle: StepSettle(); break;
            case TunerPhase.Measure: StepMeasure(); break;
            case TunerPhase.Decide: Enter(TunerPhase.Propose); break;
            case TunerPhase.Revert: StepRevert(); break;
            default: StepHold(); break;
        }
    }
}
