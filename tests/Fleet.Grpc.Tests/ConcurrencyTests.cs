using Fleet.Grpc.Tests.Protos;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Grpc.Tests;

/// <summary>One read and one write at a time per direction; any number of calls at once.</summary>
public sealed class ConcurrencyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Many_calls_share_a_channel()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        ProbeService.ProbeServiceClient client = server.Client;
        ProbeReply[] replies = await Task.WhenAll(Enumerable.Range(0, 500).Select(async i =>
            await client.UnaryAsync(new ProbeRequest { Text = i.ToString(System.Globalization.CultureInfo.InvariantCulture) })));
        replies.Select(r => r.Text).ShouldBe(
            Enumerable.Range(0, 500).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_second_read_while_one_waits_is_an_error()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.ServerStream(new ProbeRequest { Hang = true }, cancellationToken: Ct);
        Task<bool> first = call.ResponseStream.MoveNext(Ct);
        await Should.ThrowAsync<InvalidOperationException>(() => call.ResponseStream.MoveNext(Ct));
        first.IsCompleted.ShouldBeFalse();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_second_write_while_one_waits_is_an_error()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.Duplex(cancellationToken: Ct);
        await call.RequestStream.WriteAsync(new ProbeRequest { Hang = true }, Ct);
        await server.Log.Hanging.Task.WaitAsync(Ct);

        // The handler reads nothing more, so writes wait for it once the windows are full.
        var big = new ProbeRequest { Text = new string('a', 1_000_000) };
        Task last = Task.CompletedTask;
        while (last.IsCompleted)
        {
            await last;
            last = call.RequestStream.WriteAsync(big, Ct);
            await Task.WhenAny(last, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, Ct));
        }

        await Should.ThrowAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(big, Ct));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_second_write_of_a_handler_while_one_waits_is_an_error()
    {
        var outcome = new TaskCompletionSource<Exception>();
        await using ProbeServer server = await ProbeServer.StartAsync(
            services: services => services.AddSingleton(outcome), map: app => app.MapGrpcService<GreedyService>(), probe: false);
        using var call = server.Client.ServerStream(new ProbeRequest(), cancellationToken: Ct);
        (await outcome.Task.WaitAsync(Ct)).Message.ShouldBe("Can't write the message because the previous write is in progress.");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_handler_cannot_write_after_its_call_ended()
    {
        var outcome = new TaskCompletionSource<Exception>();
        await using ProbeServer server = await ProbeServer.StartAsync(
            services: services => services.AddSingleton(outcome), map: app => app.MapGrpcService<GreedyService>(), probe: false);
        using (var call = server.Client.Duplex(cancellationToken: Ct))
        {
            (await call.ResponseHeadersAsync).ShouldNotBeNull();
        }

        (await outcome.Task.WaitAsync(Ct)).ShouldBeAssignableTo<OperationCanceledException>();
    }

    [Fact(Timeout = 30_000)]
    public async Task Headers_can_be_sent_once()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(map: app => app.MapGrpcService<TwoHeadersService>());
        var client = new AbsentService.AbsentServiceClient(server.Channel);
        (await client.MissingAsync(new ProbeRequest(), cancellationToken: Ct)).Text.ShouldBe("Response headers were sent already.");
    }

    [Fact(Timeout = 30_000)]
    public async Task Requests_after_complete_are_an_error()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.ClientStream(cancellationToken: Ct);
        await call.RequestStream.CompleteAsync();
        await Should.ThrowAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new ProbeRequest(), Ct));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_slow_reader_holds_the_writer_back()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        var request = new ProbeRequest { Count = 200, PaddingBytes = 100_000 };
        using var call = server.Client.ServerStream(request, cancellationToken: Ct);
        int messages = 0;
        await foreach (ProbeReply reply in call.ResponseStream.ReadAllAsync(Ct))
        {
            reply.Index.ShouldBe(messages++);
            reply.Padding.Length.ShouldBe(100_000);
        }

        messages.ShouldBe(200);
    }

    private sealed class GreedyService(TaskCompletionSource<Exception> outcome) : ProbeService.ProbeServiceBase
    {
        public override async Task ServerStream(
            ProbeRequest request, IServerStreamWriter<ProbeReply> responseStream, ServerCallContext context)
        {
            // Nobody reads, so writes wait once the windows are full.
            var big = new ProbeReply { Text = new string('a', 1_000_000) };
            Task last = Task.CompletedTask;
            while (last.IsCompleted)
            {
                await last;
                last = responseStream.WriteAsync(big);
                await Task.WhenAny(last, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, context.CancellationToken));
            }

            outcome.SetResult(await Should.ThrowAsync<InvalidOperationException>(() => responseStream.WriteAsync(big)));
            await last;
        }

        public override async Task Duplex(
            IAsyncStreamReader<ProbeRequest> requestStream, IServerStreamWriter<ProbeReply> responseStream, ServerCallContext context)
        {
            await context.WriteResponseHeadersAsync([]);
            var cancelled = new TaskCompletionSource();
            using var registration = context.CancellationToken.Register(cancelled.SetResult);
            await cancelled.Task;
            outcome.SetResult(await Should.ThrowAsync<OperationCanceledException>(() => responseStream.WriteAsync(new ProbeReply())));
        }
    }

    private sealed class TwoHeadersService : AbsentService.AbsentServiceBase
    {
        public override async Task<ProbeReply> Missing(ProbeRequest request, ServerCallContext context)
        {
            await context.WriteResponseHeadersAsync([]);
            var second = await Should.ThrowAsync<InvalidOperationException>(() => context.WriteResponseHeadersAsync([]));
            return new ProbeReply { Text = second.Message };
        }
    }
}
