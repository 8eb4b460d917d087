using Fleet.Grpc.Tests.Protos;
using Grpc.Core;

namespace Fleet.Grpc.Tests;

/// <summary>Metadata on the way there and back.</summary>
public sealed class MetadataTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Text_and_bytes_come_back_as_headers_and_trailers()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(b => (byte)b)];
        var sent = new Metadata
        {
            { "Echo-Text", "a, b; c=d %" },
            { "echo-repeated", "1" },
            { "echo-repeated", "2" },
            { "echo-repeated-bin", [1] },
            { "echo-repeated-bin", [2, 3] },
            { "echo-bytes-bin", bytes },
            { "trail-text", "after" },
            { "trail-bytes-bin", [1, 2] },
        };
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.UnaryAsync(new ProbeRequest(), sent, cancellationToken: Ct);
        Metadata headers = await call.ResponseHeadersAsync;
        headers.GetValue("echo-text").ShouldBe("a, b; c=d %");

        // Peers may join the values of a repeated key with commas; this client's transport does.
        string.Join(",", headers.GetAll("echo-repeated").Select(e => e.Value)).Replace(" ", "", StringComparison.Ordinal).ShouldBe("1,2");
        headers.GetAll("echo-repeated-bin").Select(e => e.ValueBytes).ShouldBe([[1], [2, 3]]);
        headers.GetValueBytes("echo-bytes-bin").ShouldBe(bytes);
        headers.ShouldAllBe(entry => !entry.Key.StartsWith("grpc-", StringComparison.Ordinal) && entry.Key != "content-type");
        await call;
        call.GetTrailers().GetValue("trail-text").ShouldBe("after");
        call.GetTrailers().GetValueBytes("trail-bytes-bin").ShouldBe([1, 2]);
    }

    [Fact(Timeout = 30_000)]
    public async Task Headers_arrive_before_the_first_message()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.UnaryAsync(
            new ProbeRequest { Hang = true }, new Metadata { { "echo-early", "yes" } }, cancellationToken: Ct);
        (await call.ResponseHeadersAsync).GetValue("echo-early").ShouldBe("yes");
        call.ResponseAsync.IsCompleted.ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => call.GetStatus());
    }

    [Fact(Timeout = 30_000)]
    public async Task Names_of_the_transport_are_not_metadata()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        var sent = new Metadata { { "grpc-timeout", "1n" }, { "te", "none" }, { "mine", "1" } };
        await server.Client.UnaryAsync(new ProbeRequest(), sent, cancellationToken: Ct);
        ServerCallContext call = server.Log.Calls.Single();
        call.RequestHeaders.Select(e => e.Key).ShouldBe(["mine"]);
        call.Deadline.ShouldBe(DateTime.MaxValue);
        call.Method.ShouldBe("/fleet.grpc.test.ProbeService/Unary");
    }

    [Fact(Timeout = 30_000)]
    public async Task The_authority_may_differ_from_the_address()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.WithHost("other.example").UnaryAsync(new ProbeRequest(), cancellationToken: Ct);
        await call;
        call.GetTrailers().GetValue("seen-host").ShouldBe("other.example");
        call.GetTrailers().GetValue("seen-peer").ShouldNotBeNull().ShouldStartWith("ipv4:127.0.0.1:");
    }

    [Theory]
    [InlineData("sp ace")]
    [InlineData("")]
    [InlineData("ümlaut")]
    public void Illegal_keys_are_refused(string key) => Should.Throw<ArgumentException>(() => new Metadata { { key, "v" } });

    [Fact]
    public void Values_must_match_their_key()
    {
        Should.Throw<ArgumentException>(() => new Metadata { { "text", "snow 雪" } });
        Should.Throw<ArgumentException>(() => new Metadata { { "line", "a\nb" } });
        Should.Throw<ArgumentException>(() => new Metadata { { "key-bin", "text" } });
        Should.Throw<ArgumentException>(() => new Metadata { { "key", [1] } });
        Should.Throw<InvalidOperationException>(() => Metadata.Empty.Add("a", "b"));
    }
}
