using Fleet.Grpc.Wire;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Fleet.Grpc.Server;

/// <summary>Runs one call from its HTTP request to its status.</summary>
internal static class CallRunner
{
    public static async Task RunAsync(
        HttpContext http, string path, MethodType type, ServerEnvironment environment, Func<ServerCall, Task> handler)
    {
        if (!Accept(http, type is MethodType.ClientStreaming or MethodType.DuplexStreaming))
        {
            return;
        }

        http.Response.ContentType = GrpcHeaders.ContentType;
        using var call = new ServerCall(http, path, type, environment);
        Task handling = HandleAsync(call, handler);
        await Task.WhenAny(handling, call.DeadlinePassed).ConfigureAwait(false);
        if (!handling.IsCompleted)
        {
            // The client has its answer at the deadline even when the handler ignores its cancellation; the request stays alive until
            // the handler ends because the handler still uses it.
            await call.EndAsync(ServerCall.DeadlineStatus).ConfigureAwait(false);
        }

        await handling.ConfigureAwait(false);
        await call.EndAsync(call.Status).ConfigureAwait(false);
    }

    private static async Task HandleAsync(ServerCall call, Func<ServerCall, Task> handler)
    {
        try
        {
            call.Open();
            await handler(call).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a handler throws becomes the status of its call.
        catch (Exception e)
#pragma warning restore CA1031
        {
            call.Fail(e);
        }
    }

    private static bool Accept(HttpContext http, bool streamsRequests)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol) && !HttpProtocol.IsHttp3(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            http.Response.Headers.Upgrade = "HTTP/2";
            return false;
        }

        if (!GrpcHeaders.IsGrpcContentType(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }

        // The limit of a message is MaxReceiveMessageSize; a stream as a whole has none, and may pause for as long as it likes.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (streamsRequests && http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        return true;
    }
}
