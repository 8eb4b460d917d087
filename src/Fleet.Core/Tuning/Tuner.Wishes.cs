using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>What the pool asks of a tuner: mode, promise, readiness for a coming load.</summary>
internal sealed partial class Tuner
{
    // A node takes more load only with a setting proven at this much more than it will get (optimisation rule: verified at 1.05 times).
    private const double PrepareFactor = 1.05;

    private void OnWishesChanged(TunerInput before)
    {
        if (_in.Mode != before.Mode)
        {
            OnModeChanged(before.Mode);
        }

        if (_in.Mode != ControlMode.Active)
        {
            _readyFor = _in.PreparedQps;
        }
        else if (_in.PreparedQps is { } qps)
        {
            PrepareFor(qps);
        }
        else if (_in.Parked is { } deepest)
        {
            _readyFor = null;
            StayAt(deepest, "park", "parked: the plan gives it no load");
        }
        else if (_in.Overload is { } fastest)
        {
            _readyFor = null;
            StayAt(fastest, "overload", "overload: no setting keeps the SLA, this one has the lowest latency");
        }
        else if (before.Overload is not null)
        {
            Wish("load-band", "the overload is over", _in.Now);
        }
        else if (before.PreparedQps is not null)
        {
            _readyFor = null;
            Wish("membership", "the membership changed", _in.Now);
        }

        if (_started && _in.Mode != ControlMode.Observe && before.Sla != _in.Sla)
        {
            OnSlaChanged(before.Sla);
        }

        if (_started && _in.Mode != ControlMode.Observe && before.Objective != _in.Objective)
        {
            OnObjectiveChanged(before.Objective);
        }
    }

    /// <summary>What was settled for another objective is still safe and is held until a search has found better.</summary>
    private void OnObjectiveChanged(Objective before)
    {
        _holdOffUntil = default;
        _points.Clear();
        Trials = 0;
        if (!Searching)
        {
            Wish("objective", $"the objective changed from {before.Name} to {_in.Objective.Name}", _in.Now);
        }
    }

    private void OnModeChanged(ControlMode before)
    {
        if (_in.Mode == ControlMode.Observe || !_started)
        {
            return;
        }

        EndSearch();
        if (_in.Mode == ControlMode.Recommend || !TryResume("schedule"))
        {
            BeginDefault($"mode changed from {before} to {_in.Mode}: measuring the kernel default");
        }
    }

    private void EnterObserveMode()
    {
        EndSearch();
        _started = true;
        _wish = null;
        Settled = Setting.Default;
        BeginDefault("observe mode: every knob at the kernel default");
    }

    private void BeginDefault(string reason)
    {
        bool already = _actuator.Wanted is { IsDefault: true } && _actuator.ConfirmedAt is not null;
        Settled = Setting.Default;
        _probing = false;
        _actuator.Want(Setting.Default, exploring: false);
        _meter.Stop();
        if (already)
        {
            _meter.Start(_in.Now);
        }

        Enter(TunerPhase.Observe, reason);
    }

    private void OnSlaChanged(Sla before)
    {
        _holdOffUntil = default;
        _disturbances.Forget();
        if (_in.Sla.LatencyUs > before.LatencyUs)
        {
            _quarantine.Forgive();
        }

        string reason = $"the SLA changed from {before.LatencyUs:0} to {_in.Sla.LatencyUs:0} µs";
        if (Searching)
        {
            Trials = 0;
            _trigger = "sla";
            _abort.Reset();
            if (_probing && Breaks(_actuator.Wanted!))
            {
                RevertToSafe("revert", "sla", $"{reason}; the probe is known to break it", thenSearch: true);
            }

            return;
        }

        Wish("sla", reason, _in.Now);
        if (Phase == TunerPhase.Observe)
        {
            return;
        }

        if (!Settled.IsDefault && Breaks(Settled))
        {
            RevertToSafe("revert", "sla", $"{reason}; {Settled} is known to break it", thenSearch: false);
        }
        else if (Phase == TunerPhase.Hold)
        {
            _watch.Begin(_watch.VerifiedQps, _in.Now);
            _meter.Start(_in.Now);
        }
    }

    private void PrepareFor(double qps)
    {
        if (_readyFor == qps)
        {
            return;
        }

        _readyFor = qps;
        _started = true;
        EndSearch();
        double need = qps * PrepareFactor;
        bool stays = _actuator.Wanted is { } wanted && !_actuator.Exploring
            && (wanted.IsDefault || (_watch.VerifiedQps >= need && !_services.Knowledge.IsKnownToBreak(wanted, need, _in.Sla.LatencyUs))
                || _services.Knowledge.IsProven(wanted, need, _in.Sla.LatencyUs));
        if (stays)
        {
            return;
        }

        Setting target = Safe(need, settledQps: qps);
        _holdQps = qps;
        GoTo(target, TunerPhase.Revert);
        Reason = _holdReason = target.IsDefault
            ? $"membership change: no setting is proven at {need:0} req/s, so the kernel default"
            : $"membership change: proven at {need:0} req/s";
        _journal.Record("prepare", target, "membership", Reason);
    }

    private void StayAt(Setting setting, string kind, string reason)
    {
        _wish = null;
        if (setting.Equals(_actuator.Wanted) && !_actuator.Exploring)
        {
            if (_watch.VerifiedQps > 0)
            {
                // What it once carried under this setting may be long past when it is woken.
                _holdQps = 0;
                _watch.Begin(0, _in.Now);
            }

            return;
        }

        EndSearch();
        _started = true;
        _holdQps = 0;
        GoTo(setting, TunerPhase.Revert);
        Reason = _holdReason = reason;
        _journal.Record(kind, setting, "plan", Reason);
    }

    /// <summary>Takes a point that the class has settled; false when there is none or it is not for this node.</summary>
    private bool TryAdopt()
    {
        if (_in.Adopt is not { } point || _in.Mode != ControlMode.Active || Excluded(point.Setting) || Breaks(point.Setting)
            || !_services.Space.Contains(point.Setting))
        {
            return false;
        }

        string trigger = _wish?.Trigger ?? "plan";
        _wish = null;
        _holdOffUntil = _in.Now + _options.HoldOff;
        _points.Add(point);
        if (point.Setting.Equals(Settled))
        {
            _watch.Verify(Math.Max(point.Qps, _watch.VerifiedQps));
            return true;
        }

        HoldAfterApply(point.Setting, point.Qps, $"settled by its class at {point.Qps:0} req/s: no search needed");
        _journal.Record("jump", point.Setting, trigger, Reason);
        return true;
    }

    private void Wish(string trigger, string reason, DateTimeOffset notBefore)
    {
        if (_wish is null || notBefore < _searchNotBefore)
        {
            _wish = (trigger, reason);
            _searchNotBefore = notBefore;
        }
    }

    private bool TryResume(string trigger)
    {
        if (_in.Mode != ControlMode.Active
            || _points.For(_watch.Load.Qps, _in.Sla.LatencyUs, Excluded) is not { } point || Breaks(point.Setting))
        {
            return false;
        }

        HoldAfterApply(point.Setting, point.Qps, $"settled before at {point.Qps:0} req/s: no search needed");
        _journal.Record("jump", point.Setting, trigger, Reason);
        return true;
    }
}
