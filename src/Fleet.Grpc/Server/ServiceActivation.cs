using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Grpc.Server;

/// <summary>The service instance of one call; disposed with the call when the container does not own it.</summary>
/// <typeparam name="TService">Service class.</typeparam>
internal readonly struct ServiceActivation<TService> : IAsyncDisposable
    where TService : class
{
    private readonly bool _owned;

    private ServiceActivation(TService instance, bool owned)
    {
        Instance = instance;
        _owned = owned;
    }

    public TService Instance { get; }

    public static ServiceActivation<TService> For(IServiceProvider services) => services.GetService<TService>() is { } registered
        ? new ServiceActivation<TService>(registered, owned: false)
        : new ServiceActivation<TService>(ActivatorUtilities.CreateInstance<TService>(services), owned: true);

    public async ValueTask DisposeAsync()
    {
        if (!_owned)
        {
            return;
        }

        if (Instance is IAsyncDisposable asyncDisposable)
        {
            await asyncDisposable.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            (Instance as IDisposable)?.Dispose();
        }
    }
}
