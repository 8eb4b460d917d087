using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>Holding a setting, and the moves between phases.</summary>
internal sealed partial class Tuner
{
    // A setting left twice within this time is no accident: the server is not what it was.
    private static readonly TimeSpan RepeatedTrouble = TimeSpan.FromSeconds(60);

    // What was observed this recently is evidence of the change, not of the past.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    // Triggers of wishes that are treated differently from others.
    private const string Disturbance = "disturbance";
    private const string Retry = "retry";

    private double LeastQps =>
        _options.LeastTailRequests / TailTest.Allowed(_in.Sla.Percentile) / _options.MaxWindow.TotalSeconds;

    private void StepHold()
    {
        if (_meter.Ready(_in.Sla.Percentile, needPower: false))
        {
            OnHeldWindow();
        }

        if (_in.Overload is not null)
        {
            // Nothing better is known: leaving and coming back would only add to the trouble.
            return;
        }

        if (!Settled.IsDefault && _in.Now - _lastSlice > _options.SensorTimeout)
        {
            RevertToSafe("revert", "guard", "no traffic telemetry: latency is unknown", thenSearch: false, Setting.Default);
            Wish("guard", Reason, _in.Now);
            return;
        }

        HoldVerdict verdict = _actuator.ConfirmedAt is null && !_watch.Guard.Tripped
            ? HoldVerdict.Nothing
            : _watch.Judge(Settled.IsDefault, _in.CommonTrouble, _in.Now);
        switch (verdict.Action)
        {
            case HoldAction.Leave: Leave(verdict); break;
            case HoldAction.LoadUp: OnLoadUp(verdict); break;
            case HoldAction.Foresee: OnForecast(verdict); break;
            case HoldAction.Search:
                _watch.Taken();
                if (verdict.Trigger == "surprise")
                {
                    Distrust();
                }

                Wish(verdict.Trigger, verdict.Reason, Later(_in.Now, _holdOffUntil));
                TryBeginSearch();
                break;
            default: TryBeginSearch(); break;
        }
    }

    private void OnHeldWindow()
    {
        MeasuredWindow window = _meter.Close(_in.Sla);
        bool speaks = _meter.Speaks(_in.Sla.Percentile);
        bool skipped = _meter.Disturbed && _disturbances.TryRepeat();
        _meter.Start(window.End);
        if (skipped)
        {
            Reason = $"{_holdReason}; the last window was disturbed on every node";
            return;
        }

        _disturbances.WindowTaken();
        if (!speaks || _actuator.InForce is not { } inForce)
        {
            return;
        }

        SettingPrediction? prediction = null;
        if (_watch.WantsPrediction(_in.Now) && _services.Knowledge.Observations.Count > 0)
        {
            SearchRequest request = Request();
            prediction = _services.Search.Predict(request, inForce);
            DefaultWatts = _services.Search.Predict(request, Setting.Default)?.Watts ?? DefaultWatts;
        }

        if (inForce.IsDefault)
        {
            DefaultWatts = window.Watts ?? DefaultWatts;
        }

        _watch.Add(window, _in.Sla, prediction, _in.Now, _in.Sharers);
        if (_cap.IsOver(window, _in.Objective))
        {
            Wish("power-cap", $"held windows take more than {_in.Objective.PowerCapWatts:0.#} W", Later(_in.Now, _holdOffUntil));
        }

        Learn(window, inForce, censored: false);
        Reason = $"{_holdReason}; {_watch.Summary}";
    }

    private void Leave(HoldVerdict verdict)
    {
        string blame = "";
        bool recently = _in.Now - _lastLeave < RepeatedTrouble;
        bool common = _in.CommonTrouble && _disturbances.Excuses(recently && _watch.CleanWindows == 0);
        bool again = recently && !common;
        _lastLeave = _in.Now;
        if (common)
        {
            blame = "; the other nodes are in trouble too, so the setting is not to blame";
        }
        else
        {
            if (_meter.Speaks(_in.Sla.Percentile) && _actuator.InForce is { } inForce)
            {
                Learn(_meter.Close(_in.Sla), inForce, censored: false);
            }

            _quarantine.Strike(Settled, _in.Now);
            _points.Remove(Settled);
            if (again)
            {
                blame = "; the second time in a minute, so older observations at this load are dropped";
                Distrust();
            }
        }

        Setting left = Settled;
        Setting target = Safe(_watch.Load.Qps);
        RevertToSafe(
            "revert", verdict.Trigger, $"{left}: {verdict.Reason}{blame}", thenSearch: false,
            target.Equals(left) ? Setting.Default : target);
        Wish(common ? Disturbance : verdict.Trigger, verdict.Reason, _in.Now + (common ? _options.MeasureWindow : _options.GuardRest));
    }

    private void OnLoadUp(HoldVerdict verdict)
    {
        double qps = _watch.Load.Qps;
        if (_services.Knowledge.IsProven(Settled, qps, _in.Sla.LatencyUs))
        {
            _watch.Verify(qps);
            if (Settled.IsDefault)
            {
                Wish(verdict.Trigger, verdict.Reason, _in.Now);
            }

            return;
        }

        _disturbances.Forget();
        Setting target = Safe(qps);
        _holdQps = qps;
        GoTo(target, TunerPhase.Revert);
        Reason = _holdReason = $"{verdict.Reason}: {(target.IsDefault ? "no setting is proven there" : "proven there")}";
        _journal.Record(target.IsDefault ? "default" : "jump", target, verdict.Trigger, Reason);
        Wish(verdict.Trigger, verdict.Reason, _in.Now);
    }

    private void OnForecast(HoldVerdict verdict)
    {
        _watch.ForecastTaken(_in.Now);
        if (_in.PreparedQps is not null || _services.Knowledge.IsProven(Settled, verdict.Qps, _in.Sla.LatencyUs))
        {
            return;
        }

        Setting target = Safe(verdict.Qps);
        if (Settled.IsDefault || target.IsDefault || target.Equals(Settled) || _in.Mode != ControlMode.Active)
        {
            Wish(verdict.Trigger, verdict.Reason, Later(_in.Now, _holdOffUntil));
            TryBeginSearch();
            return;
        }

        HoldAfterApply(target, verdict.Qps, $"{verdict.Reason}: proven there");
        _journal.Record("jump", target, verdict.Trigger, Reason);
    }

    private void TryBeginSearch()
    {
        if (_wish is null && _quarantine.Released(_lastSearch, _in.Now) && _in.Now >= _holdOffUntil)
        {
            Wish("schedule", "a quarantine ended", _in.Now);
        }

        if (_wish is not { } wish || _in.Now < _searchNotBefore || _in.PreparedQps is not null || TryAdopt())
        {
            return;
        }

        if (wish.Trigger == Disturbance && (_in.CommonTrouble || TryResume(Disturbance)))
        {
            _wish = _in.CommonTrouble ? _wish : null;
            return;
        }

        string? obstacle = _services.Space.Cells == 0 ? "the host has no knobs"
            : _actuator.ConfirmedAt is null ? $"waiting for the agent: {_actuator.LastError ?? "no answer yet"}"
            : !_power.Working(_in.Now) ? "no trustworthy power reading"
            : _watch.Load.Qps < LeastQps ? TooLittleLoad()
            : !_in.MayExplore && _in.Mode == ControlMode.Active ? "waiting for the exploration budget"
            : null;
        if (obstacle is not null)
        {
            Reason = $"{wish.Reason}; {obstacle}";
            return;
        }

        Searching = true;
        Trials = 0;
        _lastSearch = _in.Now;
        _trigger = wish.Trigger;
        _wish = null;
        _disturbances.BeginSearch();
        if (wish.Trigger == Retry)
        {
            _services.Knowledge.Doubt(_watch.Load.Qps, _in.Sla.LatencyUs);
        }

        Enter(TunerPhase.Propose, wish.Reason);
    }

    private void RevertToSafe(string kind, string trigger, string reason, bool thenSearch, Setting? to = null)
    {
        Setting target = to ?? Safe(_watch.Load.Qps);
        _holdQps = _watch.Load.Qps;
        if (!thenSearch)
        {
            EndSearch();
        }

        _afterRevertSearch = thenSearch;
        GoTo(target, TunerPhase.Revert);
        Reason = _holdReason = $"{reason}; back to {target}";
        _journal.Record(kind, target, trigger, reason);
    }

    private void HoldAfterApply(Setting setting, double qps, string reason)
    {
        _holdQps = qps;
        bool inForce = setting.Equals(_actuator.InForce) && _actuator.ConfirmedAt is not null;
        GoTo(setting, TunerPhase.Apply);
        Reason = _holdReason = reason;
        if (inForce)
        {
            EnterHold();
        }
    }

    private void GoTo(Setting setting, TunerPhase phase)
    {
        Settled = setting;
        _probing = false;
        _meter.Stop();
        _actuator.Want(setting, exploring: false);
        Enter(phase);
    }

    private void EnterHold()
    {
        _probing = false;
        if (_actuator.InForce is { } inForce && _actuator.ConfirmedAt is not null)
        {
            Settled = inForce;
        }

        _watch.Begin(_holdQps, _in.Now);
        DateTimeOffset settled = (_actuator.ConfirmedAt ?? _in.Now) + _options.SettleTime;
        _meter.Start(Later(_in.Now, settled));
        Enter(TunerPhase.Hold, _holdReason);
    }

    private void EndSearch()
    {
        Searching = false;
        _probing = false;
        _afterRevertSearch = false;
    }

    private void Enter(TunerPhase phase, string? reason = null)
    {
        Phase = phase;
        _phaseSince = _in.Now;
        Reason = reason ?? Reason;
    }

    /// <summary>
    /// The fallback ladder: settled at this load or above, proven there, kernel default. Load that comes already is served best by what was
    /// settled a band below; load that waits for the setting is not risked on that: <paramref name="settledQps"/> is what must have been
    /// settled then.
    /// </summary>
    private Setting Safe(double qps, double? settledQps = null)
    {
        double slaUs = _in.Sla.LatencyUs;
        return _points.For(settledQps ?? qps, slaUs, s => Excluded(s) || Breaks(s), strict: settledQps is not null)?.Setting
            ?? _services.Knowledge.Proven(qps, slaUs, Excluded)
            ?? Setting.Default;
    }

    private bool Breaks(Setting setting) => _services.Knowledge.IsKnownToBreak(setting, _watch.Load.Qps, _in.Sla.LatencyUs);

    private void Distrust() => _services.Knowledge.ForgetAround(_watch.Load.Qps, _in.Now - Fresh);

    private bool Excluded(Setting setting) => _quarantine.Holds(setting, _in.Now);

    private void Learn(MeasuredWindow window, Setting setting, bool censored, bool disturbed = false)
    {
        if (window.Watts is not { } watts || window.Qps <= 0 || !(window.SteadyPercentileUs > 0))
        {
            return;
        }

        double tail = censored ? Math.Max(window.PercentileUs, _in.Sla.LatencyUs * 1.02) : window.SteadyPercentileUs;
        double tailSd = disturbed ? Math.Max(window.PercentileSd, Observation.DoubtfulSd) : window.PercentileSd;
        _services.Knowledge.Add(new Observation(
            _services.NodeId, setting, window.Qps, watts, window.WattsSd, tail, tailSd, window.End, censored && !disturbed));
    }

    private SearchRequest Request() => new(
        _services.Space, _services.NodeId, Math.Max(_watch.Load.Qps, 1), _in.Sla.LatencyUs, _services.Knowledge.For(_watch.Load.Qps),
        _in.Pending, [.. _quarantine.Excluded(_in.Now)], Trials, _in.Now, _services.Seed + (ulong)Trials, _options.Search)
    {
        Memory = _services.Knowledge.Memory,
        Objective = _in.Objective,
        InForce = _actuator.InForce,
    };

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
