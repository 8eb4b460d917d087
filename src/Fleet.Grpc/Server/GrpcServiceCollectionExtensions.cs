using Fleet.Grpc.Server;
using Grpc.AspNetCore.Server;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers what gRPC services need.</summary>
public static class GrpcServiceCollectionExtensions
{
    /// <summary>Registers what <c>MapGrpcService</c> needs.</summary>
    /// <param name="services">Services of the host.</param>
    /// <param name="configure">Changes the options; null: defaults.</param>
    public static IServiceCollection AddGrpc(this IServiceCollection services, Action<GrpcServiceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MappedServices>();
        var options = services.AddOptions<GrpcServiceOptions>()
            .Validate(
                o => o.ResponseCompressionAlgorithm is null or "gzip",
                "GrpcServiceOptions.ResponseCompressionAlgorithm: legal values are null and \"gzip\"")
            .Validate(
                o => o.MaxReceiveMessageSize is null or >= 0 && o.MaxSendMessageSize is null or >= 0,
                "GrpcServiceOptions.MaxReceiveMessageSize and MaxSendMessageSize: legal values are null and 0 to 2147483647 bytes");
        if (configure is not null)
        {
            options.Configure(configure);
        }

        return services;
    }
}
