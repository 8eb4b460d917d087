using Grpc.Health.V1;

namespace Fleet.Grpc.Health;

/// <summary>The health of the services of a host, as the host sets it. Thread-safe.</summary>
public sealed class HealthRegistry
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HealthCheckResponse.Types.ServingStatus> _states = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sets the health of a service and wakes its watchers.</summary>
    /// <param name="service">Full name of the service; empty: the host as a whole.</param>
    /// <param name="serving">True: it answers calls.</param>
    public void Set(string service, bool serving)
    {
        ArgumentNullException.ThrowIfNull(service);
        Change(() => _states[service] = serving
            ? HealthCheckResponse.Types.ServingStatus.Serving
            : HealthCheckResponse.Types.ServingStatus.NotServing);
    }

    /// <summary>Forgets a service: checks answer NOT_FOUND, watchers SERVICE_UNKNOWN.</summary>
    /// <param name="service">Full name of the service; empty: the host as a whole.</param>
    public void Clear(string service) => Change(() => _states.Remove(service));

    /// <summary>The health of a service and a task that completes after the next change of any service.</summary>
    internal (HealthCheckResponse.Types.ServingStatus? Status, Task Changed) Read(string service)
    {
        lock (_lock)
        {
            return (_states.TryGetValue(service, out var status) ? status : null, _changed.Task);
        }
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
