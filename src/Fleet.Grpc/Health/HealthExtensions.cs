using Fleet.Grpc.Health;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Registers and maps the standard health service.</summary>
public static class HealthExtensions
{
    /// <summary>Registers a <see cref="HealthRegistry"/> in which the host as a whole is serving.</summary>
    /// <param name="services">Services of the host.</param>
    public static IServiceCollection AddGrpcHealth(this IServiceCollection services)
    {
        services.TryAddSingleton(_ =>
        {
            var registry = new HealthRegistry();
            registry.Set("", serving: true);
            return registry;
        });
        return services;
    }

    /// <summary>Maps grpc.health.v1.Health; the host needs <c>AddGrpc</c> and <see cref="AddGrpcHealth"/>.</summary>
    /// <param name="builder">Where to map.</param>
    public static IEndpointConventionBuilder MapGrpcHealthService(this IEndpointRouteBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ServiceProvider.GetService<HealthRegistry>() is null
            ? throw new InvalidOperationException("gRPC health is not registered: call services.AddGrpcHealth() first.")
            : builder.MapGrpcService<HealthService>();
    }
}
