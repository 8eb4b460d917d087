using Fleet.Grpc.Reflection;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the standard reflection service.</summary>
public static class ReflectionExtensions
{
    /// <summary>Maps grpc.reflection.v1 and v1alpha, which describe every service that is mapped when a client asks.</summary>
    /// <param name="builder">Where to map; the host needs <c>AddGrpc</c>.</param>
    public static IEndpointConventionBuilder MapGrpcReflectionService(this IEndpointRouteBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        RouteGroupBuilder group = builder.MapGroup("");
        group.MapGrpcService<ReflectionV1Service>();
        group.MapGrpcService<ReflectionV1AlphaService>();
        return group;
    }
}
