using Fleet.Grpc.Client;
using Fleet.Grpc.Tests.Protos;
using Grpc.Core;

namespace Fleet.Grpc.Tests;

/// <summary>Sizes of messages and gzip.</summary>
public sealed class LimitTests
{
    private const int Default = 4 * 1024 * 1024;

    private static readonly Metadata GzipRequests = new() { { "grpc-internal-encoding-request", "gzip" } };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Messages_near_the_default_limit_pass_and_larger_ones_do_not()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        var reply = await server.Client.UnaryAsync(
            new ProbeRequest { Text = new string('a', Default / 2), PaddingBytes = Default / 2 - 100 }, cancellationToken: Ct);
        reply.Padding.Length.ShouldBe(Default / 2 - 100);

        await FailsAsync(server, new ProbeRequest { PaddingBytes = Default });
        await FailsAsync(server, new ProbeRequest { Text = new string('a', Default) });
        (await server.Client.UnaryAsync(new ProbeRequest { Text = "still" }, cancellationToken: Ct)).Text.ShouldBe("still");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_client_stream_ends_at_an_oversized_message()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(o => o.MaxReceiveMessageSize = 100);
        using var call = server.Client.ClientStream(cancellationToken: Ct);
        await call.RequestStream.WriteAsync(new ProbeRequest { Text = "ok" }, Ct);
        try
        {
            await call.RequestStream.WriteAsync(new ProbeRequest { Text = new string('a', 200) }, Ct);
        }
        catch (RpcException)
        {
            // The server may end the call before the write is done.
        }

        (await Should.ThrowAsync<RpcException>(() => call.ResponseAsync)).StatusCode.ShouldBe(StatusCode.ResourceExhausted);
    }

    [Fact(Timeout = 30_000)]
    public async Task Limits_hold_exactly()
    {
        var request = new ProbeRequest { Text = new string('a', 50) };
        int size = request.CalculateSize();
        await using ProbeServer exact = await ProbeServer.StartAsync(o => o.MaxReceiveMessageSize = size);
        await exact.Client.UnaryAsync(request, cancellationToken: Ct);
        await using ProbeServer smaller = await ProbeServer.StartAsync(o => o.MaxReceiveMessageSize = size - 1);
        await FailsAsync(smaller, request);
        smaller.Log.Calls.ShouldBeEmpty();
    }

    [Fact(Timeout = 30_000)]
    public async Task Senders_have_limits_too()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(
            o => o.MaxSendMessageSize = 100, new FleetChannelOptions { MaxSendMessageSize = 100 });
        await FailsAsync(server, new ProbeRequest { Text = new string('a', 100) });
        server.Log.Calls.ShouldBeEmpty();
        await FailsAsync(server, new ProbeRequest { PaddingBytes = 100 });
        using var call = server.Client.Duplex(cancellationToken: Ct);
        (await Should.ThrowAsync<RpcException>(() => call.RequestStream.WriteAsync(new ProbeRequest { Text = new string('a', 100) }, Ct)))
            .StatusCode.ShouldBe(StatusCode.ResourceExhausted);
    }

    [Fact(Timeout = 30_000)]
    public async Task Gzip_works_both_ways_and_for_streams()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(o => o.ResponseCompressionAlgorithm = "gzip");
        string text = new('z', 100_000);
        var request = new ProbeRequest { Text = text, Count = 3 };
        (await server.Client.UnaryAsync(request, GzipRequests, cancellationToken: Ct)).Text.ShouldBe(text);
        using var stream = server.Client.ServerStream(request, GzipRequests, cancellationToken: Ct);
        await foreach (ProbeReply reply in stream.ResponseStream.ReadAllAsync(Ct))
        {
            reply.Text.ShouldBe(text);
        }

        using var plain = server.Client.Duplex(
            new CallOptions(GzipRequests, cancellationToken: Ct, writeOptions: new WriteOptions(WriteFlags.NoCompress)));
        await plain.RequestStream.WriteAsync(new ProbeRequest { Text = "plain" }, Ct);
        (await plain.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
        plain.ResponseStream.Current.Text.ShouldBe("plain");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_small_message_cannot_unfold_beyond_the_limit()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(o => o.MaxReceiveMessageSize = 10_000);
        var bomb = new ProbeRequest { Text = new string('a', 1_000_000) };
        var failure = await Should.ThrowAsync<RpcException>(
            () => server.Client.UnaryAsync(bomb, GzipRequests, cancellationToken: Ct).ResponseAsync);
        failure.StatusCode.ShouldBe(StatusCode.ResourceExhausted);
        server.Log.Calls.ShouldBeEmpty();
    }

    [Theory(Timeout = 30_000)]
    [InlineData("deflate", null)]
    [InlineData(null, -1)]
    public async Task Bad_options_stop_the_host(string? algorithm, int? limit)
    {
        var failure = await Should.ThrowAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => ProbeServer.StartAsync(o =>
        {
            o.ResponseCompressionAlgorithm = algorithm;
            o.MaxReceiveMessageSize = limit;
        }));
        failure.Message.ShouldContain("legal values");
    }

    private static async Task FailsAsync(ProbeServer server, ProbeRequest request) =>
        (await Should.ThrowAsync<RpcException>(() => server.Client.UnaryAsync(request, cancellationToken: Ct).ResponseAsync))
        .StatusCode.ShouldBe(StatusCode.ResourceExhausted);
}
