using System.Globalization;
using Fleet.Grpc.Tests.Protos;
using Grpc.Core;

namespace Fleet.Grpc.Tests;

/// <summary>The four kinds of methods between this client and this server.</summary>
public sealed class MethodKindTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Unary_answers_and_the_handler_lives_for_one_call()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.UnaryAsync(new ProbeRequest { Text = "hello" }, cancellationToken: Ct);
        (await call).Text.ShouldBe("hello");
        call.GetStatus().ShouldBe(Status.DefaultSuccess);
        (await server.Client.UnaryAsync(new ProbeRequest { Text = "again" }, cancellationToken: Ct)).Text.ShouldBe("again");
        server.Log.Calls.Count.ShouldBe(2);
        await Wait.UntilAsync(() => server.Log.Disposed == 2, "both handlers are disposed");
    }

    [Fact(Timeout = 30_000)]
    public async Task Blocking_unary_answers()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        server.Client.Unary(new ProbeRequest { Text = "now" }, cancellationToken: Ct).Text.ShouldBe("now");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task Server_stream_delivers_every_message_in_order(int count)
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.ServerStream(new ProbeRequest { Text = "x", Count = count }, cancellationToken: Ct);
        var seen = new List<int>();
        await foreach (ProbeReply reply in call.ResponseStream.ReadAllAsync(Ct))
        {
            seen.Add(reply.Index);
        }

        seen.ShouldBe(Enumerable.Range(0, count));
        call.GetStatus().StatusCode.ShouldBe(StatusCode.OK);
        (await call.ResponseStream.MoveNext(Ct)).ShouldBeFalse();
    }

    [Fact(Timeout = 30_000)]
    public async Task Client_stream_collects_every_message()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.ClientStream(cancellationToken: Ct);
        for (int i = 0; i < 100; i++)
        {
            await call.RequestStream.WriteAsync(new ProbeRequest { Text = i.ToString(CultureInfo.InvariantCulture) }, Ct);
        }

        await call.RequestStream.CompleteAsync();
        ProbeReply reply = await call;
        reply.Index.ShouldBe(100);
        reply.Text.ShouldStartWith("0,1,2,");
    }

    [Fact(Timeout = 30_000)]
    public async Task Client_stream_may_be_empty()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.ClientStream(cancellationToken: Ct);
        await call.RequestStream.CompleteAsync();
        (await call).Index.ShouldBe(0);
    }

    [Fact(Timeout = 30_000)]
    public async Task Duplex_answers_each_request_before_the_next_is_sent()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.Duplex(cancellationToken: Ct);
        for (int i = 0; i < 50; i++)
        {
            await call.RequestStream.WriteAsync(new ProbeRequest { Text = "n" + i }, Ct);
            (await call.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
            call.ResponseStream.Current.Text.ShouldBe("n" + i);
            call.ResponseStream.Current.Index.ShouldBe(i);
        }

        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext(Ct)).ShouldBeFalse();
        call.GetStatus().StatusCode.ShouldBe(StatusCode.OK);
    }
}
