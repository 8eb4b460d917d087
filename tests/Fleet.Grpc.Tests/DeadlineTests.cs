using Fleet.Grpc.Client;
using Fleet.Grpc.Tests.Protos;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Grpc.Tests;

/// <summary>Deadlines on both sides, on a clock that the test moves.</summary>
public sealed class DeadlineTests
{
    private static readonly ProbeRequest Hang = new() { Hang = true };

    private readonly ManualTime _clientTime = new();
    private readonly ManualTime _serverTime = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task The_client_gives_up_at_the_deadline_and_the_handler_is_cancelled()
    {
        await using ProbeServer server = await StartAsync();
        using var call = server.Client.UnaryAsync(Hang, deadline: In(_clientTime, 10), cancellationToken: Ct);
        await server.Log.Hanging.Task.WaitAsync(Ct);
        _clientTime.Advance(TimeSpan.FromSeconds(9));
        call.ResponseAsync.IsCompleted.ShouldBeFalse();
        _clientTime.Advance(TimeSpan.FromSeconds(1));
        (await Should.ThrowAsync<RpcException>(() => call.ResponseAsync)).StatusCode.ShouldBe(StatusCode.DeadlineExceeded);
        await server.Log.Cancelled.Task.WaitAsync(Ct);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_server_ends_the_call_at_the_deadline_by_its_own_clock()
    {
        await using ProbeServer server = await StartAsync();
        using var call = server.Client.ServerStream(Hang, deadline: In(_clientTime, 10), cancellationToken: Ct);
        await server.Log.Hanging.Task.WaitAsync(Ct);
        server.Log.Calls.Single().Deadline.ShouldBe(In(_serverTime, 10));
        _serverTime.Advance(TimeSpan.FromSeconds(10));
        var failure = await Should.ThrowAsync<RpcException>(() => call.ResponseStream.MoveNext(Ct));
        failure.Status.ShouldBe(new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded"));
        await server.Log.Cancelled.Task.WaitAsync(Ct);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_handler_that_ignores_its_cancellation_does_not_hold_up_the_answer()
    {
        var release = new TaskCompletionSource();
        await using ProbeServer server = await StartAsync(services => services.AddSingleton(release));
        var stubborn = new AbsentService.AbsentServiceClient(server.Channel);
        using var call = stubborn.MissingAsync(new ProbeRequest(), deadline: In(_clientTime, 5), cancellationToken: Ct);
        await Wait.UntilAsync(() => _serverTime.Pending > 0 && StubbornService.Entered.Task.IsCompleted, "the handler runs");
        _serverTime.Advance(TimeSpan.FromSeconds(5));
        (await Should.ThrowAsync<RpcException>(() => call.ResponseAsync)).StatusCode.ShouldBe(StatusCode.DeadlineExceeded);
        release.Task.IsCompleted.ShouldBeFalse();
        release.SetResult();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_handler_that_waits_for_a_slow_reader_ends_at_the_deadline()
    {
        await using ProbeServer server = await StartAsync();
        var request = new ProbeRequest { Count = 100, PaddingBytes = 1_000_000 };
        using var call = server.Client.ServerStream(request, deadline: In(_clientTime, 10), cancellationToken: Ct);
        await call.ResponseHeadersAsync;
        server.Log.Disposed.ShouldBe(0);
        _serverTime.Advance(TimeSpan.FromSeconds(10));
        var failure = await Should.ThrowAsync<RpcException>(async () => await call.ResponseStream.ReadAllAsync(Ct).CountAsync(Ct));
        failure.StatusCode.ShouldBe(StatusCode.DeadlineExceeded);
        await Wait.UntilAsync(() => server.Log.Disposed == 1, "the handler ended");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_deadline_in_the_past_fails_at_once()
    {
        await using ProbeServer server = await StartAsync();
        (await Should.ThrowAsync<RpcException>(
            () => server.Client.UnaryAsync(new ProbeRequest(), deadline: In(_clientTime, -1), cancellationToken: Ct).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.DeadlineExceeded);
        server.Log.Calls.ShouldBeEmpty();
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_deadline_there_is_none()
    {
        await using ProbeServer server = await StartAsync();
        await server.Client.UnaryAsync(new ProbeRequest(), cancellationToken: Ct);
        server.Log.Calls.Single().Deadline.ShouldBe(DateTime.MaxValue);
        _serverTime.Pending.ShouldBe(0);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_finished_call_leaves_no_timer()
    {
        await using ProbeServer server = await StartAsync();
        await server.Client.UnaryAsync(new ProbeRequest(), deadline: In(_clientTime, 60), cancellationToken: Ct);
        await Wait.UntilAsync(() => _clientTime.Pending == 0 && _serverTime.Pending == 0, "no timer is left");
    }

    private static DateTime In(TimeProvider time, int seconds) => time.GetUtcNow().UtcDateTime.AddSeconds(seconds);

    private Task<ProbeServer> StartAsync(Action<IServiceCollection>? services = null) => ProbeServer.StartAsync(
        clientOptions: new FleetChannelOptions { TimeProvider = _clientTime },
        services: collection =>
        {
            collection.AddSingleton<TimeProvider>(_serverTime);
            services?.Invoke(collection);
        },
        map: app => Microsoft.AspNetCore.Builder.GrpcEndpointRouteBuilderExtensions.MapGrpcService<StubbornService>(app));

    private sealed class StubbornService(IServiceProvider services) : AbsentService.AbsentServiceBase
    {
        public static TaskCompletionSource Entered { get; } = new();

        public override async Task<ProbeReply> Missing(ProbeRequest request, ServerCallContext context)
        {
            Entered.TrySetResult();
            await services.GetRequiredService<TaskCompletionSource>().Task;
            return new ProbeReply();
        }
    }
}
