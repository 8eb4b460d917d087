using Fleet.Core.Knobs;
using Fleet.NodeAgent.Knobs;

namespace Fleet.NodeAgent.Safety;

/// <summary>What the authority does without being asked: leases, guard, kill switch, foreign writers.</summary>
internal sealed partial class SettingAuthority
{
    /// <summary>Called a few times a second: the kill switch, the guard, and settings that outlived their controller.</summary>
    internal void Tick()
    {
        lock (_gate)
        {
            if (_inForce.IsDefault)
            {
                return;
            }

            TimeSpan now = Now();
            if (now < _retryAt)
            {
                return;
            }

            bool expired = _lease.Expired(now);
            if (_rules.Kill.Reason() is { } killed)
            {
                ToOriginals("kill switch", killed);
            }
            else if (_exploring && expired)
            {
                OnItsOwn(_settled, exploring: false, "lease", "lease expired: back to the settled setting");
            }
            else if (expired && _rules.Mode == AgentMode.Canary)
            {
                ToOriginals("lease", "lease expired in mode canary: back to the originals");
            }
            else if (_lease.Relaxes(now))
            {
                ToOriginals("lease", "no controller for long: back to the originals");
            }
            else if (_rules.Guard.Count(now, _rules.Packets(), controlled: !expired) is { } overload)
            {
                FallBack(overload);
            }
        }
    }

    /// <summary>Called every few seconds: compares the host with what was written.</summary>
    internal void Verify()
    {
        lock (_gate)
        {
            if (_inForce.IsDefault || _foreign.Yielded)
            {
                return;
            }

            try
            {
                SortedDictionary<string, string> found = _knobs.Snapshot();
                if (found.SequenceEqual(_written))
                {
                    return;
                }

                string identity = _knobs.Identity();
                if (identity != _identity)
                {
                    OnItsOwn(_inForce, _exploring, "verification", "the device re-created its queues: setting applied again");
                }
                else if (_foreign.Seen())
                {
                    Yield(found);
                }
                else
                {
                    OnItsOwn(_inForce, _exploring, "verification", "another program wrote the knobs: setting applied again");
                }
            }
            catch (KnobException e)
            {
                Tell($"cannot verify the setting: {e.Message}");
            }
        }
    }

    /// <summary>Leaves what the other program wrote, and takes back the rest.</summary>
    private void Yield(SortedDictionary<string, string> found)
    {
        IReadOnlyDictionary<string, string> originals = _journal.Read() ?? new Dictionary<string, string>();
        var ours = originals.Where(o => found.GetValueOrDefault(o.Key) == _written.GetValueOrDefault(o.Key)).ToDictionary();
        string why = $"another program wrote the knobs twice: yielded. {ForeignWriters.Advice}";
        Audited("restore", "foreign writer", why, Setting.Default, () => _knobs.Restore(ours));
        _inForce = _settled = Setting.Default;
        _exploring = false;
        _journal.Delete();
        Tell(why);
    }

    private void Hear(GuardSignal signal)
    {
        _rules.Bypass?.Compare(signal.RequestsPerSecond, _rules.Packets());
        if (_inForce.IsDefault)
        {
            return;
        }

        if (_rules.Bypass?.Reason() is { } bypass)
        {
            ToOriginals("bypass", bypass);
        }
        else if (_rules.Guard.Hear(Now(), signal) is { } late)
        {
            FallBack(late);
        }
    }

    /// <summary>The ladder: from a probe to the settled setting, from there to the originals.</summary>
    private void FallBack(string why)
    {
        if (_exploring && !_settled.IsDefault && !_settled.Equals(_inForce))
        {
            OnItsOwn(_settled, exploring: false, "guard", $"{why}: back to the settled setting");
        }
        else
        {
            ToOriginals("guard", $"{why}: back to the originals");
        }
    }

    private void ToOriginals(string who, string why)
    {
        _settled = Setting.Default;
        OnItsOwn(Setting.Default, exploring: false, who, why);
    }

    private void OnItsOwn(Setting setting, bool exploring, string who, string why)
    {
        try
        {
            Audited(setting.IsDefault ? "restore" : "apply", who, why, setting, () => Write(setting));
            _exploring = exploring;
            Tell(why);
        }
        catch (Exception e) when (e is KnobException or IOException or UnauthorizedAccessException)
        {
            // A host that keeps refusing is tried again later, so that it does not fill the log.
            _retryAt = Now() + RetryAfter;
            Tell($"{why} failed: {e.Message}");
        }
    }
}
