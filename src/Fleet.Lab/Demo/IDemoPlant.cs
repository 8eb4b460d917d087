using Fleet.Lab.Report;

namespace Fleet.Lab.Demo;

/// <summary>What a demo drives: the lab, or the simulated pool on virtual time.</summary>
public interface IDemoPlant : IAsyncDisposable
{
    /// <summary>"lab" or "simulation".</summary>
    string Kind { get; }

    /// <summary>Requests per second offered to the pool; at most what the options ask for.</summary>
    double OfferedQps { get; }

    /// <summary>Time since <see cref="StartAsync"/> returned.</summary>
    TimeSpan Elapsed { get; }

    /// <summary>Builds servers, proxy, controller and load; on return load flows and nothing is tuned.</summary>
    Task StartAsync(double slaUs, CancellationToken cancellation);

    /// <summary>Changes the pool's promise and whether it is tuned; false puts every knob back to the kernel default.</summary>
    Task SetPoolAsync(double slaUs, bool tuning, CancellationToken cancellation);

    /// <summary>Begins to take a node out of the pool under load.</summary>
    Task RemoveNodeAsync(string node, CancellationToken cancellation);

    /// <summary>Begins to add a new node to the pool under load; returns its id.</summary>
    Task<string> AddNodeAsync(CancellationToken cancellation);

    /// <summary>Lets the time pass and measures it.</summary>
    Task<DemoInterval> RunAsync(TimeSpan duration, CancellationToken cancellation);

    /// <summary>The tuners' measurements so far, oldest first; the promise in force is filled in by the caller.</summary>
    Task<IReadOnlyList<VisitedSetting>> SettingsAsync(CancellationToken cancellation);

    /// <summary>What a reader of the report must know about the plant's figures.</summary>
    IReadOnlyList<string> Notes { get; }
}
