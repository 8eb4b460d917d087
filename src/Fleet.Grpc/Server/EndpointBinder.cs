using System.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Fleet.Grpc.Server;

/// <summary>Turns the methods of a service into request delegates that make the service per call.</summary>
/// <typeparam name="TService">Service class.</typeparam>
internal sealed class EndpointBinder<TService>(ServerEnvironment environment) : ServiceBinderBase
    where TService : class
{
    public List<(IMethod Method, RequestDelegate Handler)> Methods { get; } = [];

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var target = Target<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>(
            method, typeof(TRequest), typeof(ServerCallContext));
        Add(method, async (service, reader, writer, call) =>
        {
            TRequest request = await reader.ReadSingleAsync().ConfigureAwait(false);
            await WriteSingleAsync(writer, await target(service, request, call).ConfigureAwait(false), call).ConfigureAwait(false);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var target = Target<Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>(
            method, typeof(IAsyncStreamReader<TRequest>), typeof(ServerCallContext));
        Add(method, async (service, reader, writer, call) =>
            await WriteSingleAsync(writer, await target(service, reader, call).ConfigureAwait(false), call).ConfigureAwait(false));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var target = Target<Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(
            method, typeof(TRequest), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        Add(method, async (service, reader, writer, call) =>
        {
            TRequest request = await reader.ReadSingleAsync().ConfigureAwait(false);
            await target(service, request, writer, call).ConfigureAwait(false);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var target = Target<Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(
            method, typeof(IAsyncStreamReader<TRequest>), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        Add(method, (service, reader, writer, call) => target(service, reader, writer, call));
    }

    // A handler may set a status instead of answering; a message would then only confuse the client.
    private static Task WriteSingleAsync<TResponse>(ResponseWriter<TResponse> writer, TResponse? response, ServerCall call)
        where TResponse : class => response switch
    {
        _ when call.Status.StatusCode != StatusCode.OK => Task.CompletedTask,
        null => throw new RpcException(new Status(StatusCode.Internal, "the handler returned no response")),
        _ => writer.WriteAsync(response),
    };

    private static TDelegate Target<TDelegate>(IMethod method, params Type[] parameters)
        where TDelegate : Delegate
    {
        MethodInfo target = typeof(TService).GetMethod(method.Name, parameters)
            ?? throw new InvalidOperationException($"{typeof(TService)} has no public handler for {method.FullName}");
        return target.CreateDelegate<TDelegate>();
    }

    private void Add<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        Func<TService, RequestReader<TRequest>, ResponseWriter<TResponse>, ServerCall, Task> invoke)
        where TRequest : class
        where TResponse : class
    {
        Methods.Add((method, http => CallRunner.RunAsync(http, method.FullName, method.Type, environment, async call =>
        {
            var reader = new RequestReader<TRequest>(call, method.RequestMarshaller);
            var writer = new ResponseWriter<TResponse>(call, method.ResponseMarshaller);
            await using var service = ServiceActivation<TService>.For(http.RequestServices);
            await invoke(service.Instance, reader, writer, call).ConfigureAwait(false);
        })));
    }
}
