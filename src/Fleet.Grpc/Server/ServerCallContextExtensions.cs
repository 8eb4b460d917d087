using Fleet.Grpc.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server;

/// <summary>What a handler may ask of the host of its call.</summary>
public static class ServerCallContextExtensions
{
    /// <summary>The HTTP request that carries the call.</summary>
    /// <param name="context">Context of a call that this host serves.</param>
    public static HttpContext GetHttpContext(this ServerCallContext context) => context is ServerCall call
        ? call.Http
        : throw new InvalidOperationException("Could not get HttpContext from ServerCallContext: the call is not served by this host.");
}
