using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>The phases of one trial: Observe, Propose, Apply, Settle, Measure, Decide, Revert.</summary>
internal sealed partial class Tuner
{
    // Traffic is waited for this long after a start before anything is decided.
    private static readonly TimeSpan FirstTraffic = TimeSpan.FromSeconds(3);

    // A disturbance of every node is waited for this long before the next probe.
    private static readonly TimeSpan CalmWait = TimeSpan.FromSeconds(5);

    // Windows beyond the search's own budget after which a search is ended for it.
    private const int BudgetGrace = 5;

    private void StepObserve()
    {
        if (!_started)
        {
            if (_watch.Load.Slices >= 4 || _in.Now - _phaseSince >= FirstTraffic)
            {
                _started = true;
                if (!TryResume("start"))
                {
                    BeginDefault("measuring the kernel default");
                }
            }

            return;
        }

        bool ready = _meter.Ready(_in.Sla.Percentile, needPower: true);
        if (ready && _meter.Speaks(_in.Sla.Percentile))
        {
            bool disturbed = _meter.Disturbed;
            if (disturbed && _disturbances.TryRepeat())
            {
                _phaseSince = _in.Now;
                _meter.Start(_in.Now);
                Reason = "measuring the kernel default again: every node was disturbed";
                return;
            }

            _disturbances.WindowTaken();
            MeasuredWindow window = _meter.Close(_in.Sla);
            Learn(window, _actuator.InForce!, censored: false, disturbed);
            DefaultWatts = window.Watts ?? DefaultWatts;
            _meter.Start(window.End);
            if (_in.Mode != ControlMode.Observe)
            {
                _journal.Record("default", Setting.Default, "start", "the status quo, measured", null, window);
                HoldDefault("the kernel default is measured", "start");
            }
        }
        else if (_in.Now - _phaseSince > _options.SettleTime + _options.MaxWindow + MeasureGrace + _options.ApplyTimeout)
        {
            _phaseSince = _in.Now;
            if (_actuator.ConfirmedAt is not null)
            {
                _meter.Start(_in.Now);
            }

            if (_in.Mode != ControlMode.Observe)
            {
                HoldDefault(WhyNoWindow(), "start");
            }
        }
    }

    private void HoldDefault(string reason, string trigger)
    {
        _holdQps = _watch.Load.Qps;
        _holdReason = reason;
        Wish(trigger, reason, _in.Now);
        EnterHold();
    }

    private void StepPropose()
    {
        if (!Searching || (!_in.MayExplore && _in.Mode == ControlMode.Active))
        {
            EndSearch();
            RevertToSafe("revert", _trigger, "the exploration budget is used up", thenSearch: false);
            Wish(_trigger, "the search was interrupted", _in.Now);
            return;
        }

        if (_in.CommonTrouble && !_actuator.Exploring && _in.Now - _phaseSince < CalmWait)
        {
            Reason = "waiting for a disturbance of every node to pass";
            return;
        }

        SearchRequest request = Request() with { Afresh = Trials == 0 };
        if (_services.Search.Next(request) is not { } found)
        {
            Reason = "waiting for the model";
            return;
        }

        SearchDecision decision = Legal(found, request);
        _decision = decision;
        if (_in.Mode == ControlMode.Recommend)
        {
            _journal.Record("recommend", decision.Setting, _trigger, decision.Reason, decision);
            EndSearch();
            HoldDefault($"recommends {decision.Setting} ({decision.Kind}): {decision.Reason}", "schedule");
            _searchNotBefore = _in.Now + _options.HoldOff;
            return;
        }

        if (decision.Action == SearchAction.Probe)
        {
            _probing = true;
            _actuator.Want(decision.Setting, exploring: true);
            Enter(TunerPhase.Apply, $"{decision.Kind} {decision.Setting}: {decision.Reason}");
            _journal.Record(decision.Kind, decision.Setting, _trigger, decision.Reason, decision);
            return;
        }

        EndSearch();
        (TimeSpan rest, bool retry) = _disturbances.AfterSearch(decision, Trials);
        _holdOffUntil = _in.Now + rest;
        if (decision.Action == SearchAction.Settle && _watch.Load.Qps > 0)
        {
            _points.Add(new OperatingPoint(decision.Setting, _watch.Load.Qps, _in.Sla.LatencyUs));
        }

        HoldAfterApply(decision.Setting, _watch.Load.Qps, decision.Reason);
        _journal.Record(decision.Setting.IsDefault ? "default" : "hold", decision.Setting, _trigger, decision.Reason, decision);
        if (retry)
        {
            Wish(Retry, $"{decision.Reason}; its windows were few or disturbed, so it is tried again", _holdOffUntil);
        }
    }

    /// <summary>A decision that the host cannot or must not carry out becomes "stay safe", with the reason.</summary>
    private SearchDecision Legal(SearchDecision decision, SearchRequest request)
    {
        string? problem = !_services.Space.Contains(decision.Setting) ? "is not a legal setting of this host"
            : request.Excluded.Contains(decision.Setting) ? "is quarantined or refused"
            : decision.Action == SearchAction.Probe && Trials >= _options.Search.TrialBudget + BudgetGrace ? "is beyond the trial budget"
            : null;
        return problem is null
            ? decision
            : new SearchDecision(
                SearchAction.Infeasible, Safe(_watch.Load.Qps), "infeasible", null, null, null, null, $"{decision.Setting} {problem}");
    }

    private void StepApply()
    {
        if (_actuator.ConfirmedAt is not null)
        {
            Enter(TunerPhase.Settle);
        }
        else if (_actuator.GaveUp)
        {
            Setting refused = _actuator.Wanted!;
            string reason = $"{refused} was not applied: {_actuator.LastError}";
            _quarantine.Refuse(refused);
            _points.Remove(refused);
            if (refused.IsDefault)
            {
                Enter(TunerPhase.Hold, reason);
                return;
            }

            bool search = Searching;
            RevertToSafe("revert", _trigger, reason, thenSearch: search);
            if (!search)
            {
                Wish(_trigger, reason, _in.Now);
            }
        }
    }

    private void StepSettle()
    {
        if (_in.Now - _actuator.ConfirmedAt < _options.SettleTime)
        {
            return;
        }

        if (!_probing)
        {
            EnterHold();
            return;
        }

        _abort.Reset();
        _meter.Start((_actuator.ConfirmedAt ?? _in.Now) + _options.SettleTime);
        Enter(TunerPhase.Measure);
    }

    private void StepMeasure()
    {
        if (_abort.Reason is { } why)
        {
            OnProbeAborted(why);
        }
        else if (_meter.Ready(_in.Sla.Percentile, needPower: true) && _meter.Speaks(_in.Sla.Percentile))
        {
            OnProbeMeasured();
        }
        else if (_in.Now - _phaseSince > _options.MaxWindow + MeasureGrace)
        {
            string reason = WhyNoWindow();
            EndSearch();
            RevertToSafe("revert", _trigger, reason, thenSearch: false);
            Wish(_trigger, reason, _in.Now + _options.GuardRest);
        }
    }

    private void OnProbeAborted(string why)
    {
        MeasuredWindow broken = _meter.Close(_in.Sla);
        Setting tried = _actuator.InForce!;
        bool disturbed = _meter.Disturbed || _in.CommonTrouble;
        if (disturbed && _disturbances.TryRepeat())
        {
            why += "; the other nodes are in trouble too, so it does not count and is repeated";
        }
        else
        {
            Trials++;
            _disturbances.WindowTaken();
            Learn(broken, tried, censored: true, disturbed);
        }

        _journal.Record("abort", tried, _trigger, why, _decision, broken);
        RevertToSafe("revert", _trigger, $"probe aborted: {why}", thenSearch: true);
    }

    private void OnProbeMeasured()
    {
        MeasuredWindow window = _meter.Close(_in.Sla);
        Setting tried = _actuator.InForce!;
        bool disturbed = _meter.Disturbed;
        if (disturbed && _disturbances.TryRepeat())
        {
            _journal.Record("disturbed", tried, _trigger, "every node was disturbed at the same moment: measured again", _decision, window);
            _abort.Reset();
            _meter.Start(_in.Now);
            Enter(TunerPhase.Measure);
            return;
        }

        Trials++;
        _disturbances.WindowTaken();
        Learn(window, tried, censored: false, disturbed);
        _journal.Record("measured", tried, _trigger, _decision?.Reason ?? "", _decision, window);
        Enter(TunerPhase.Decide);
    }

    private void StepRevert()
    {
        if (_actuator.ConfirmedAt is null && !_actuator.GaveUp)
        {
            return;
        }

        if (_afterRevertSearch && Searching)
        {
            Enter(TunerPhase.Propose);
        }
        else
        {
            EnterHold();
        }
    }

    private string WhyNoWindow() =>
        _actuator.ConfirmedAt is null ? $"the agent does not answer: {_actuator.LastError}"
        : !_power.Working(_in.Now) ? "no trustworthy power reading"
        : _in.Now - _lastSlice > _options.SensorTimeout ? "no traffic telemetry"
        : TooLittleLoad();

    private string TooLittleLoad() =>
        $"too little load to measure: {_watch.Load.Qps:0} req/s, at least {LeastQps:0} needed";
}
