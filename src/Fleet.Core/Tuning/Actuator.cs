using Fleet.Core.Control;
using Fleet.Core.Knobs;

namespace Fleet.Core.Tuning;

/// <summary>
/// Brings a wanted setting into force and keeps it there: commands are repeated with new ids until one of them is answered, answers to
/// earlier wishes are ignored, and a setting that drifted on the host is wanted again. A host that takes longer than the time-out answers
/// to an id that was repeated meanwhile: any id of the present wish counts, or it would never be heard.
/// </summary>
internal sealed class Actuator(string nodeId, TunerOptions options, Func<string> nextCommandId)
{
    // Later answers than this many repeats are lost for good.
    private const int MostIds = 16;

    private readonly List<string> _ids = [];
    private string? _pendingId;
    private DateTimeOffset _sentAt;
    private DateTimeOffset _retryAt;
    private int _attempts;
    private int _driftReadings;

    /// <summary>What should be in force; null leaves the host as it is.</summary>
    public Setting? Wanted { get; private set; }

    /// <summary>Whether the wanted setting is a probe.</summary>
    public bool Exploring { get; private set; }

    /// <summary>What was last read back; null when unknown.</summary>
    public Setting? InForce { get; private set; }

    /// <summary>When the wanted setting was read back; null while it is not in force.</summary>
    public DateTimeOffset? ConfirmedAt { get; private set; }

    /// <summary>The last refusal; null when there was none for the present wish.</summary>
    public string? LastError { get; private set; }

    /// <summary>Whether the attempts for the present wish are used up; the wish stays and is still repeated.</summary>
    public bool GaveUp { get; private set; }

    /// <summary>Wishes a setting. The same wish again changes nothing.</summary>
    public void Want(Setting setting, bool exploring)
    {
        if (setting.Equals(Wanted) && exploring == Exploring)
        {
            return;
        }

        Wanted = setting;
        Exploring = exploring;
        Restart();
    }

    /// <summary>Forgets what the host has: the agent was away.</summary>
    public void HostUnknown()
    {
        InForce = null;
        Restart();
    }

    /// <summary>Leaves the host as it is.</summary>
    public void Release()
    {
        Wanted = null;
        HostUnknown();
    }

    /// <summary>Sends the command when one is due.</summary>
    public void Step(DateTimeOffset now, ICollection<PoolCommand> commands)
    {
        if (Wanted is null || ConfirmedAt is not null)
        {
            return;
        }

        bool expired = _pendingId is not null && now - _sentAt >= options.ApplyTimeout;
        if (expired)
        {
            LastError = $"no answer within {options.ApplyTimeout.TotalSeconds:0.#} s";
        }

        GaveUp |= _attempts >= options.ApplyAttempts && (expired || _pendingId is null);
        if (expired || (_pendingId is null && now >= _retryAt))
        {
            _attempts++;
            _pendingId = nextCommandId();
            _ids.Add(_pendingId);
            if (_ids.Count > MostIds)
            {
                _ids.RemoveAt(0);
            }

            _sentAt = now;
            commands.Add(new ApplySetting(nodeId, _pendingId, Wanted, Exploring));
        }
    }

    /// <summary>Takes an answer; false when it belongs to an earlier wish, or the present one was confirmed already.</summary>
    public bool Applied(string commandId, Setting readBack, DateTimeOffset now)
    {
        if (ConfirmedAt is not null || !_ids.Contains(commandId))
        {
            return false;
        }

        _pendingId = null;
        _ids.Clear();
        InForce = readBack;
        ConfirmedAt = now;
        GaveUp = false;
        _driftReadings = 0;
        return true;
    }

    /// <summary>Takes a refusal; the previous setting stays in force and the command is repeated after a pause.</summary>
    public void Failed(string commandId, string error, DateTimeOffset now)
    {
        if (commandId == _pendingId)
        {
            _pendingId = null;
            LastError = error;
            _retryAt = now + (options.ApplyTimeout / 4);
            GaveUp |= _attempts >= options.ApplyAttempts;
        }
    }

    /// <summary>Compares a later reading with the read-back; true when the host has left the setting twice in a row.</summary>
    public bool Drifted(Setting seen, DateTimeOffset readingStart)
    {
        if (ConfirmedAt is not { } at || readingStart <= at || seen.Equals(InForce))
        {
            _driftReadings = 0;
            return false;
        }

        if (++_driftReadings < 2)
        {
            return false;
        }

        InForce = seen;
        Restart();
        return true;
    }

    private void Restart()
    {
        ConfirmedAt = null;
        _ids.Clear();
        _pendingId = null;
        _attempts = 0;
        _retryAt = default;
        _driftReadings = 0;
        LastError = null;
        GaveUp = false;
    }
}
