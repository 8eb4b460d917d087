using Fleet.Core.Knobs;
using Fleet.NodeAgent.Knobs;
using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent.Safety;

/// <summary>
/// The one place that changes the host: commands of controllers, the lease, foreign writers, and the way back all meet here under one
/// lock. States: originals (no journal) ⇄ in force (journal on disk); yielded (another writer owns the knobs).
/// </summary>
internal sealed class SettingAuthority
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
    private readonly long _started;

    private ulong _epoch;
    private Setting _inForce = Setting.Default;
    private Setting _settled = Setting.Default;
    private bool _exploring;
    private SortedDictionary<string, long> _written = [];
    private string _identity = "";

    internal SettingAuthority(KnobSet knobs, Journal journal, Lease lease, TimeProvider time, ILogger logger)
    {
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
            IReadOnlyDictionary<string, long>? originals = _journal.Read();
            if (originals is null)
            {
                return false;
            }

            _knobs.Restore(originals);
            _journal.Delete();
            Tell("restored the originals that an earlier run left changed");
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

            string[] problems = [.. _knobs.Check(command.Setting).Concat(Lease.Check(command.Lease) is { } p ? [p] : [])];
            if (problems.Length > 0)
            {
                throw new ApplyRefusedException(ApplyRefusal.Illegal, string.Join("; ", problems));
            }

            if (_foreign.Yielded)
            {
                throw new ApplyRefusedException(ApplyRefusal.Yielded, ForeignWriters.Advice);
            }

            long start = _time.GetTimestamp();
            try
            {
                Write(command.Setting);
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
            var outcome = new ApplyOutcome(_inForce, _time.GetElapsedTime(start));
            _outcomes.Add(command.CommandId, outcome);
            AgentLog.Applied(_logger, Words(_inForce), command.Exploring, outcome.Elapsed.TotalMilliseconds);
            return outcome;
        }
    }

    /// <summary>The controller lives.</summary>
    /// <exception cref="ApplyRefusedException">Stale epoch or illegal lease.</exception>
    internal InForce Renew(ulong epoch, TimeSpan lease)
    {
        lock (_gate)
        {
            Fence(epoch);
            if (Lease.Check(lease) is { } problem)
            {
                throw new ApplyRefusedException(ApplyRefusal.Illegal, problem);
            }

            _lease.Renew(Now(), lease);
            return new InForce(_inForce, _exploring);
        }
    }

    /// <summary>Called a few times a second: ends probes and settled settings that outlived their controller.</summary>
    internal void Tick()
    {
        lock (_gate)
        {
            TimeSpan now = Now();
            if (_exploring && _lease.Expired(now))
            {
                OnItsOwn(_settled, exploring: false, "lease expired: back to the settled setting");
            }
            else if (!_exploring && !_inForce.IsDefault && _lease.Relaxes(now))
            {
                _settled = Setting.Default;
                OnItsOwn(Setting.Default, exploring: false, "no controller for long: back to the originals");
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
                SortedDictionary<string, long> found = _knobs.Snapshot();
                if (found.SequenceEqual(_written))
                {
                    return;
                }

                string identity = _knobs.Identity();
                if (identity != _identity)
                {
                    OnItsOwn(_inForce, _exploring, "the device re-created its queues: setting applied again");
                }
                else if (_foreign.Seen())
                {
                    _inForce = _settled = Setting.Default;
                    _exploring = false;
                    _journal.Delete();
                    Tell($"another program wrote the knobs twice: yielded. {ForeignWriters.Advice}");
                }
                else
                {
                    OnItsOwn(_inForce, _exploring, "another program wrote the knobs: setting applied again");
                }
            }
            catch (KnobException e)
            {
                Tell($"cannot verify the setting: {e.Message}");
            }
        }
    }

    /// <summary>Puts the originals back, for the end of the process. True when the host is at its originals.</summary>
    internal bool Restore()
    {
        lock (_gate)
        {
            try
            {
                Write(Setting.Default);
                _settled = Setting.Default;
                _exploring = false;
                return true;
            }
            catch (Exception e) when (e is KnobException or IOException)
            {
                AgentLog.RestoreFailed(_logger, _journal.Path, e.Message);
                return false;
            }
        }
    }

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

    private void OnItsOwn(Setting setting, bool exploring, string why)
    {
        try
        {
            Write(setting);
            _exploring = exploring;
            Tell(why);
        }
        catch (Exception e) when (e is KnobException or IOException or UnauthorizedAccessException)
        {
            // Tried again when this short lease ends, so that a host that keeps refusing does not fill the log.
            _lease.Renew(Now(), RetryAfter);
            Tell($"{why} failed: {e.Message}");
        }
    }

    private void Write(Setting setting)
    {
        IReadOnlyDictionary<string, long>? originals = _journal.Read();
        if (setting.IsDefault)
        {
            if (originals is not null)
            {
                _knobs.Restore(originals);
                _journal.Delete();
            }
        }
        else
        {
            if (originals is null)
            {
                _journal.Write(_knobs.Snapshot());
            }

            _knobs.Apply(setting);
            _written = _knobs.Snapshot();
            _identity = _knobs.Identity();
        }

        _inForce = setting;
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
