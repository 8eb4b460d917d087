using Fleet.Grpc.Tests.Protos;
using Grpc.Core;

namespace Fleet.Grpc.Tests;

/// <summary>Giving up, from both sides.</summary>
public sealed class CancellationTests
{
    private static readonly ProbeRequest Hang = new() { Hang = true };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task The_callers_token_cancels_a_unary_call_and_its_handler()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var cancel = new CancellationTokenSource();
        using var call = server.Client.UnaryAsync(Hang, cancellationToken: cancel.Token);
        await server.Log.Hanging.Task.WaitAsync(Ct);
        await cancel.CancelAsync();
        (await Should.ThrowAsync<RpcException>(() => call.ResponseAsync)).StatusCode.ShouldBe(StatusCode.Cancelled);
        await server.Log.Cancelled.Task.WaitAsync(Ct);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_readers_token_cancels_a_server_stream()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var cancel = new CancellationTokenSource();
        using var call = server.Client.ServerStream(new ProbeRequest { Count = 1, Hang = true }, cancellationToken: Ct);
        (await call.ResponseStream.MoveNext(cancel.Token)).ShouldBeTrue();
        Task<bool> next = call.ResponseStream.MoveNext(cancel.Token);
        await cancel.CancelAsync();
        (await Should.ThrowAsync<RpcException>(() => next)).StatusCode.ShouldBe(StatusCode.Cancelled);
        await server.Log.Cancelled.Task.WaitAsync(Ct);
    }

    [Fact(Timeout = 30_000)]
    public async Task Disposing_a_call_cancels_its_handler()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        var call = server.Client.Duplex(cancellationToken: Ct);
        await call.RequestStream.WriteAsync(Hang, Ct);
        await server.Log.Hanging.Task.WaitAsync(Ct);
        call.Dispose();
        await server.Log.Cancelled.Task.WaitAsync(Ct);
        call.GetStatus().StatusCode.ShouldBe(StatusCode.Cancelled);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_writer_of_a_cancelled_call_gets_cancelled()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var cancel = new CancellationTokenSource();
        using var call = server.Client.ClientStream(cancellationToken: cancel.Token);
        await call.RequestStream.WriteAsync(new ProbeRequest(), Ct);
        await cancel.CancelAsync();
        (await Should.ThrowAsync<RpcException>(() => call.RequestStream.WriteAsync(new ProbeRequest(), Ct)))
            .StatusCode.ShouldBe(StatusCode.Cancelled);
        (await Should.ThrowAsync<RpcException>(() => call.ResponseAsync)).StatusCode.ShouldBe(StatusCode.Cancelled);
    }

    [Fact(Timeout = 30_000)]
    public async Task Ending_the_channel_cancels_its_calls()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.UnaryAsync(Hang, cancellationToken: Ct);
        await server.Log.Hanging.Task.WaitAsync(Ct);
        await server.Channel.ShutdownAsync();
        (await Should.ThrowAsync<RpcException>(() => call.ResponseAsync)).StatusCode.ShouldBe(StatusCode.Cancelled);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_stopping_server_ends_streams_with_unavailable()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.ServerStream(new ProbeRequest { Count = 1, Hang = true }, cancellationToken: Ct);
        (await call.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
        Task<bool> next = call.ResponseStream.MoveNext(Ct);
        await server.StopAsync();
        (await Should.ThrowAsync<RpcException>(() => next)).Status.ShouldBe(
            new Status(StatusCode.Unavailable, "The server is stopping."));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_server_that_is_gone_is_unavailable()
    {
        ProbeServer server = await ProbeServer.StartAsync();
        string address = server.Address;
        await server.DisposeAsync();
        using var channel = Client.FleetChannel.ForAddress(address);
        var client = new ProbeService.ProbeServiceClient(channel);
        (await Should.ThrowAsync<RpcException>(() => client.UnaryAsync(new ProbeRequest(), cancellationToken: Ct).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.Unavailable);
        using var stream = client.Duplex(cancellationToken: Ct);
        (await Should.ThrowAsync<RpcException>(() => stream.RequestStream.WriteAsync(new ProbeRequest(), Ct)))
            .StatusCode.ShouldBe(StatusCode.Unavailable);
        (await Should.ThrowAsync<RpcException>(() => stream.ResponseHeadersAsync)).StatusCode.ShouldBe(StatusCode.Unavailable);
    }
}
