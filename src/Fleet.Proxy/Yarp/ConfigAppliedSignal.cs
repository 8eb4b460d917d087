using Yarp.ReverseProxy.Configuration;

namespace Fleet.Proxy.Yarp;

/// <summary>Turns YARP's notice that a configuration is in force into something to await.</summary>
internal sealed class ConfigAppliedSignal : IConfigChangeListener
{
    private readonly Lock _lock = new();
    private (string Revision, TaskCompletionSource Done)? _awaited;

    /// <summary>Completes when YARP has applied the revision, fails when YARP refuses it. One revision at a time.</summary>
    public Task Await(string revision)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _awaited = (revision, done);
        }

        return done.Task;
    }

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => Settle(proxyConfigs, null);

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) =>
        Settle(proxyConfigs, exception);

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
        // Loading is only half of it: what counts is the configuration applied.
    }

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception)
    {
        // The provider is memory: there is nothing to fail at loading.
    }

    private void Settle(IReadOnlyList<IProxyConfig> configs, Exception? failure)
    {
        lock (_lock)
        {
            if (_awaited is not { } awaited || configs.All(c => c.RevisionId != awaited.Revision))
            {
                return;
            }

            if (failure is null)
            {
                awaited.Done.TrySetResult();
            }
            else
            {
                awaited.Done.TrySetException(failure);
            }
        }
    }
}
