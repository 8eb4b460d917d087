using Fleet.Grpc.Wire;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Fleet.Grpc.Server;

/// <summary>Answers calls of methods that nobody mapped.</summary>
internal static class UnimplementedCall
{
    public static Task AnswerAsync(HttpContext http, string detail, ServerEnvironment environment)
    {
        if (!GrpcHeaders.IsGrpcContentType(http.Request.ContentType))
        {
            // The pattern also matches plain HTTP requests, for which there is nothing here.
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return CallRunner.RunAsync(
            http,
            http.Request.Path.Value ?? "",
            MethodType.DuplexStreaming,
            environment,
            _ => throw new RpcException(new Status(StatusCode.Unimplemented, detail)));
    }
}
