namespace Fleet.Hosting.Operations;

/// <summary>
/// What a service says of its health. Alive: its loops make progress. Ready: it can do its work now. A service that drains is alive and not
/// ready.
/// </summary>
public sealed class ServiceHealth
{
    private readonly Lock _gate = new();
    private readonly List<(string Name, Func<string?> Problem)> _alive = [];
    private readonly List<(string Name, Func<string?> Problem)> _ready = [];
    private volatile bool _started;
    private volatile bool _stopping;

    /// <summary>Adds a check that the service makes progress; it returns null, or what is wrong.</summary>
    public void AddLiveness(string name, Func<string?> problem)
    {
        lock (_gate)
        {
            _alive.Add((name, problem));
        }
    }

    /// <summary>Adds a check that the service can work; it returns null, or what is missing.</summary>
    public void AddReadiness(string name, Func<string?> problem)
    {
        lock (_gate)
        {
            _ready.Add((name, problem));
        }
    }

    /// <summary>The service has started.</summary>
    public void Started() => _started = true;

    /// <summary>The service takes nothing new and finishes what it has.</summary>
    public void Stopping() => _stopping = true;

    /// <summary>Why the service does not make progress; empty: it lives.</summary>
    public IReadOnlyList<string> LivenessProblems() => Run(_alive);

    /// <summary>Why the service cannot work; empty: it is ready.</summary>
    public IReadOnlyList<string> ReadinessProblems() =>
        _stopping ? ["the service is stopping"] : !_started ? ["the service is starting"] : [.. Run(_alive), .. Run(_ready)];

    private string[] Run(List<(string Name, Func<string?> Problem)> checks)
    {
        lock (_gate)
        {
            return [.. checks.Select(c => (c.Name, Problem: c.Problem())).Where(c => c.Problem is not null).Select(c => $"{c.Name}: {c.Problem}")];
        }
    }
}
