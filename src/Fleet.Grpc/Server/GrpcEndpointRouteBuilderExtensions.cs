using Fleet.Grpc.Server;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps gRPC services to endpoints.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps every method of a service to POST /service/method. The handler is taken from the services of the call, or made from them when
    /// it is not registered, once per call.
    /// </summary>
    /// <typeparam name="TService">A class that derives from a generated service base.</typeparam>
    /// <param name="builder">Where to map; the host needs <c>AddGrpc</c>.</param>
    public static IEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceProvider services = builder.ServiceProvider;
        MappedServices mapped = services.GetService<MappedServices>()
            ?? throw new InvalidOperationException("gRPC is not registered: call services.AddGrpc() before MapGrpcService.");
        var environment = new ServerEnvironment(
            services.GetRequiredService<IOptions<GrpcServiceOptions>>().Value,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(TService)),
            services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None);
        var binder = new EndpointBinder<TService>(environment);
        GeneratedService generated = GeneratedService.Of(typeof(TService));
        generated.Bind(binder);
        mapped.Add(generated.Descriptor);

        RouteGroupBuilder group = builder.MapGroup("");
        foreach (var (method, handler) in binder.Methods)
        {
            group.MapPost(method.FullName, handler).WithDisplayName("gRPC " + method.FullName);
        }

        MapUnimplemented(group, $"/{generated.Descriptor.FullName}/{{method}}", "Method is unimplemented.", environment);
        if (mapped.TryClaimUnknown())
        {
            MapUnimplemented(builder, "{service}/{method}", "Service is unimplemented.", environment);
        }

        return group;
    }

    private static void MapUnimplemented(IEndpointRouteBuilder builder, string pattern, string detail, ServerEnvironment environment) =>
        builder.MapPost(pattern, http => UnimplementedCall.AnswerAsync(http, detail, environment))
            .WithDisplayName("gRPC unimplemented " + pattern);
}
