using Fleet.Core.Knobs;
using Fleet.NodeAgent.Knobs;
using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent.Safety;

/// <summary>
/// The one place that changes the host: commands of controllers, the lease, foreign writers, and the way back all meet here under one
/// lock. States: originals (no journal) ⇄ in force (journal on disk); yielded (another writer owns the knobs).
/// </summary>
internal sealed partial class SettingAuthority
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly KnobSet _knobs;
    private readonly Journal _journal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lease _lease;
    private readonly RecentOutcomes _outcomes = new();
    private readonly ForeignWriters _foreign = new();
    private readonly AuthorityRules _rules;
    private readonly long _started;

    private ulong _epoch;
    private Setting _inForce = Setting.Default;
    private Setting _settled = Setting.Default;
    private bool _exploring;
    private SortedDictionary<string, string> _written = [];
    private string _identity = "";
    private TimeSpan _retryAt;

    internal SettingAuthority(KnobSet knobs, Journal journal, Lease lease, TimeProvider time, ILogger logger, AuthorityRules? rules = null)
    {
        _rules = rules ?? new AuthorityRules();
        _knobs = knobs;
        _journal = journal;
        _lease = lease;
        _time = time;
        _logger = logger;
        _started = time.GetTimestamp();
        _lease.Renew(TimeSpan.Zero, TimeSpan.Zero);
    }

    /// <summary>What the agent did on its own.</summary>
    internal EventLog Events { get; } = new();

    /// <summary>Whether another program took the knobs over.</summary>
    internal bool Yielded
    {
        get
        {
            lock (_gate)
            {
                return _foreign.Yielded;
            }
        }
    }

    /// <summary>Time until the controller's lease ends.</summary>
    internal TimeSpan LeaseLeft
    {
        get
        {
            lock (_gate)
            {
                return _lease.Left(Now());
            }
        }
    }

    /// <summary>What is in force now.</summary>
    internal InForce Current
    {
        get
        {
            lock (_gate)
            {
                return new InForce(_inForce, _exploring);
            }
        }
    }

    /// <summary>Replays a journal that an earlier run left behind; true when there was one.</summary>
    internal bool Recover()
    {
        lock (_gate)
        {
            if (_journal.Read() is not { } originals)
            {
                return false;
            }

            const string Why = "restored the originals that an earlier run left changed";
            _knobs.Restore(originals);
            _rules.Step("originals are back");
            _journal.Delete();
            _rules.Audit(new AuditEntry("restore", "journal replay", Why, "done") { Journal = _journal.Path });
            Tell(Why);
            return true;
        }
    }

    /// <summary>Puts a setting in force as a whole.</summary>
    /// <exception cref="ApplyRefusedException">Not done; the previous setting is in force.</exception>
    internal ApplyOutcome Apply(ApplyCommand command)
    {
        lock (_gate)
        {
            Fence(command.Epoch);
            if (_outcomes.Find(command.CommandId) is { } earlier)
            {
                return earlier;
            }

            try
            {
                Admit(command);
            }
            catch (ApplyRefusedException e) when (e.Refusal != ApplyRefusal.TooSoon)
            {
                _rules.Audit(Entry(command, "refused") with { Error = e.Message });
                throw;
            }

            ApplyOutcome outcome = _rules.Mode == AgentMode.Recommend ? Recommend(command) : Change(command);
            _outcomes.Add(command.CommandId, outcome);
            return outcome;
        }
    }

    /// <summary>The controller lives.</summary>
    /// <exception cref="ApplyRefusedException">Stale epoch or illegal lease.</exception>
    internal InForce Renew(ulong epoch, TimeSpan lease, GuardSignal? signal = null)
    {
        lock (_gate)
        {
            Fence(epoch);
            if (Lease.Check(lease) is { } problem)
            {
                throw new ApplyRefusedException(ApplyRefusal.Illegal, problem);
            }

            _lease.Renew(Now(), lease);
            if (signal is { } seen)
            {
                Hear(seen);
            }

            return new InForce(_inForce, _exploring);
        }
    }

    /// <summary>Puts the originals back, for the end of the process. True when the host is at its originals.</summary>
    internal bool Restore()
    {
        lock (_gate)
        {
            try
            {
                if (!_inForce.IsDefault || _journal.Read() is not null)
                {
                    Audited("restore", "agent", "the agent ends", Setting.Default, () => Write(Setting.Default));
                }

                _settled = Setting.Default;
                _exploring = false;
                return true;
            }
            catch (Exception e) when (e is KnobException or IOException or UnauthorizedAccessException)
            {
                AgentLog.RestoreFailed(_logger, _journal.Path, e.Message);
                return false;
            }
        }
    }

    /// <summary>Everything that may refuse a command, the sender's own mistakes first.</summary>
    private void Admit(ApplyCommand command)
    {
        void Refuse(bool refused, ApplyRefusal refusal, string? why)
        {
            if (refused)
            {
                throw new ApplyRefusedException(refusal, why ?? "");
            }
        }

        string? bypass = _rules.Bypass?.Reason();
        Refuse(bypass is not null && !command.Setting.IsDefault, ApplyRefusal.NotApplicable, bypass);
        string[] problems = [.. _knobs.Check(command.Setting).Concat(Lease.Check(command.Lease) is { } p ? [p] : [])];
        Refuse(problems.Length > 0, ApplyRefusal.Illegal, string.Join("; ", problems));
        Refuse(
            _rules.Mode == AgentMode.Observe && !command.Setting.IsDefault, ApplyRefusal.NotAllowed,
            "this agent runs in mode observe: it watches and changes nothing");
        Refuse(_foreign.Yielded, ApplyRefusal.Yielded, ForeignWriters.Advice);
        string? killed = _rules.Kill.Reason();
        Refuse(killed is not null && !command.Setting.IsDefault, ApplyRefusal.NotAllowed, killed);
        bool back = command.Setting.IsDefault || command.Setting.Equals(_settled) || command.Setting.Equals(_inForce);
        if (!back && _rules.Mode != AgentMode.Recommend && _rules.Pacer.Wait(Now()) is { Ticks: > 0 } wait)
        {
            throw new ApplyRefusedException(
                ApplyRefusal.TooSoon, $"the last change is too short ago: the next one may come in {wait.TotalMilliseconds:0} ms")
            {
                RetryAfter = wait,
            };
        }
    }

    private ApplyOutcome Recommend(ApplyCommand command)
    {
        const string Said = "mode recommend: nothing is changed, the audit says what would be";
        _rules.Audit(Entry(command, "recommended") with
        {
            Action = "recommend",
            Old = _knobs.Values(command.Setting.Values.Keys),
        });
        _lease.Renew(Now(), command.Lease);
        return new ApplyOutcome(_inForce, TimeSpan.Zero) { NotApplied = Said };
    }

    private ApplyOutcome Change(ApplyCommand command)
    {
        // Compare and set: what another program wrote since the last look is not overwritten unseen.
        Verify();
        if (_foreign.Yielded)
        {
            throw new ApplyRefusedException(ApplyRefusal.Yielded, ForeignWriters.Advice);
        }

        long start = _time.GetTimestamp();
        TimeSpan elapsed = TimeSpan.Zero;
        try
        {
            Audited("apply", command.Who, command.Why, command.Setting, () =>
            {
                Write(command.Setting);
                elapsed = _time.GetElapsedTime(start);
            }, command);
        }
        catch (Exception e) when (e is KnobException or IOException or UnauthorizedAccessException)
        {
            throw new ApplyRefusedException(ApplyRefusal.HostRefused, e.Message, e);
        }

        _exploring = command.Exploring;
        if (!command.Exploring)
        {
            _settled = command.Setting;
        }

        _lease.Renew(Now(), command.Lease);
        AgentLog.Applied(_logger, Words(_inForce), command.Exploring, elapsed.TotalMilliseconds);
        return new ApplyOutcome(_inForce, elapsed);
    }

    /// <summary>Does a change and writes it to the audit with the values before and after, read from the host.</summary>
    private void Audited(string action, string who, string why, Setting setting, Action change, ApplyCommand? command = null)
    {
        AuditEntry entry = (command is null ? new AuditEntry(action, who, why, "") : Entry(command, "")) with
        {
            Asked = setting.IsDefault ? null : setting.Values,
            Journal = _journal.Path,
        };
        string[] names = [.. setting.Values.Keys.Union(_inForce.Values.Keys)];
        long start = _time.GetTimestamp();
        entry = entry with { Old = Read(names) };
        try
        {
            change();
            entry = entry with { Outcome = "done" };
        }
        catch (Exception e)
        {
            entry = entry with { Outcome = "failed", Error = e.Message };
            throw;
        }
        finally
        {
            _rules.Audit(entry with { New = Read(names), ElapsedMs = Math.Round(_time.GetElapsedTime(start).TotalMilliseconds, 3) });
        }
    }

    private IReadOnlyDictionary<string, long> Read(IEnumerable<string> names)
    {
        try
        {
            return _knobs.Values(names);
        }
        catch (KnobException)
        {
            return new Dictionary<string, long>();
        }
    }

    private static AuditEntry Entry(ApplyCommand command, string outcome) => new("apply", command.Who, command.Why, outcome)
    {
        Epoch = command.Epoch,
        CommandId = command.CommandId.Length == 0 ? null : command.CommandId,
        Exploring = command.Exploring,
        Asked = command.Setting.IsDefault ? null : command.Setting.Values,
    };

    private void Fence(ulong epoch)
    {
        if (epoch < _epoch)
        {
            throw new ApplyRefusedException(
                ApplyRefusal.StaleEpoch,
                $"epoch {epoch} is older than {_epoch}, which this agent has seen: another controller owns the node");
        }

        _epoch = epoch;
    }

    private void Write(Setting setting)
    {
        IReadOnlyDictionary<string, string>? originals = _journal.Read();
        if (setting.IsDefault)
        {
            if (originals is not null)
            {
                _rules.Step("before the originals");
                _knobs.Restore(originals);
                _rules.Step("originals are back");
                _journal.Delete();
                _rules.Step("journal is gone");
            }
        }
        else
        {
            if (originals is null)
            {
                _rules.Step("before the journal");
                _journal.Write(_knobs.Snapshot());
                _rules.Step("journal is written");
            }

            _knobs.Apply(setting);
            _rules.Step("setting is written");
            _written = _knobs.Snapshot();
            _identity = _knobs.Identity();
        }

        _inForce = setting;
        _rules.Pacer.Changed(Now());
        _rules.Guard.Changed(Now());
    }

    private void Tell(string text)
    {
        Events.Add(text);
        AgentLog.OnItsOwn(_logger, text);
    }

    private TimeSpan Now() => _time.GetElapsedTime(_started);

    private static string Words(Setting setting) =>
        setting.IsDefault ? "originals" : string.Join(' ', setting.Values.Select(v => $"{v.Key}={v.Value}"));
}
