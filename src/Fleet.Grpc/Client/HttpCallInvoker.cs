using Grpc.Core;

namespace Fleet.Grpc.Client;

/// <summary>Starts calls on a channel.</summary>
internal sealed class HttpCallInvoker(FleetChannel channel) : CallInvoker
{
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        using var call = AsyncUnaryCall(method, host, options, request);
        return call.GetAwaiter().GetResult();
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        call.Start(call.SingleRequest(request));
        return new AsyncUnaryCall<TResponse>(
            call.ReadSingleAsync(), call.Headers, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        call.Start(call.SingleRequest(request));
        return new AsyncServerStreamingCall<TResponse>(
            new ResponseReader<TRequest, TResponse>(call), call.Headers, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        var requests = new StreamContent();
        call.Start(requests);
        return new AsyncClientStreamingCall<TRequest, TResponse>(
            new RequestWriter<TRequest, TResponse>(call, requests),
            call.ReadSingleAsync(), call.Headers, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var call = new ClientCall<TRequest, TResponse>(channel, method, host, options);
        var requests = new StreamContent();
        call.Start(requests);
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            new RequestWriter<TRequest, TResponse>(call, requests),
            new ResponseReader<TRequest, TResponse>(call), call.Headers, call.GetStatus, call.GetTrailers, call.Dispose);
    }
}
