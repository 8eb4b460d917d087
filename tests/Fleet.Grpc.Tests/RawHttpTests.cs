using System.Net;
using System.Net.Http.Headers;
using Fleet.Grpc.Tests.Protos;
using Google.Protobuf;

namespace Fleet.Grpc.Tests;

/// <summary>What the server makes of requests that no gRPC client would send.</summary>
public sealed class RawHttpTests
{
    private const string UnaryPath = "/fleet.grpc.test.ProbeService/Unary";

    private static readonly byte[] Good = Frame(new ProbeRequest { Text = "x" }.ToByteArray());

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Success_has_headers_message_and_trailers()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, Good);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/grpc");
        response.Headers.Contains("grpc-status").ShouldBeFalse();
        byte[] body = await response.Content.ReadAsByteArrayAsync(Ct);
        ProbeReply.Parser.ParseFrom(body.AsSpan(5)).Text.ShouldBe("x");
        response.TrailingHeaders.GetValues("grpc-status").Single().ShouldBe("0");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData(null)]
    public async Task Other_content_types_are_415(string? contentType)
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, Good, contentType);
        response.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc;x=y")]
    public async Task Variants_of_the_content_type_are_accepted(string contentType)
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, Good, contentType);
        await response.Content.ReadAsByteArrayAsync(Ct);
        response.TrailingHeaders.GetValues("grpc-status").Single().ShouldBe("0");
    }

    [Fact(Timeout = 30_000)]
    public async Task Plain_http_finds_nothing_at_unknown_paths()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, [], "text/plain", "/a/b");
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_unknown_encoding_is_unimplemented_and_names_the_known_ones()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, Good, headers: ("grpc-encoding", "snappy"));
        Header(response, "grpc-status").ShouldBe("12");
        Header(response, "grpc-accept-encoding").ShouldBe("identity,gzip");
        Header(response, "grpc-message").ShouldContain("snappy");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("soon")]
    [InlineData("1")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    [InlineData("1x")]
    public async Task A_malformed_timeout_is_an_error_of_the_call(string timeout)
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, Good, headers: ("grpc-timeout", timeout));
        Header(response, "grpc-status").ShouldBe("13");
        Header(response, "grpc-message").ShouldContain(timeout);
    }

    [Fact(Timeout = 30_000)]
    public async Task Binary_metadata_must_be_base64()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, Good, headers: ("a-bin", "%%%"));
        Header(response, "grpc-status").ShouldBe("13");
    }

    public static TheoryData<string, byte[]> BadBodies => new()
    {
        { "no message", [] },
        { "half a prefix", [0, 0, 0] },
        { "message cut short", [0, 0, 0, 0, 9, 1] },
        { "two messages", [.. Good, .. Good] },
        { "flag 7", [7, 0, 0, 0, 0] },
        { "compressed without encoding", [1, 0, 0, 0, 0] },
        { "no protobuf", Frame([0xFF, 0xFF, 0xFF]) },
    };

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(BadBodies))]
    public async Task Bad_bodies_are_internal_errors(string what, byte[] body)
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, body);
        Header(response, "grpc-status").ShouldBe("13", what);
        server.Log.Calls.ShouldBeEmpty();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_length_beyond_the_limit_is_refused_before_the_message_arrives()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, [0, 0xFF, 0xFF, 0xFF, 0xFF]);
        Header(response, "grpc-status").ShouldBe("8");
        Header(response, "grpc-message").ShouldContain("4294967295");
    }

    [Fact(Timeout = 30_000)]
    public async Task Corrupt_gzip_is_an_internal_error()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using HttpResponseMessage response = await PostAsync(server, [1, 0, 0, 0, 3, 9, 9, 9], headers: ("grpc-encoding", "gzip"));
        Header(response, "grpc-status").ShouldBe("13");
    }

    [Fact(Timeout = 30_000)]
    public async Task Http_1_is_asked_to_upgrade()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(listen: kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, o => o.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1));
        using HttpResponseMessage response = await PostAsync(server, Good, version: HttpVersion.Version11);
        response.StatusCode.ShouldBe(HttpStatusCode.UpgradeRequired);
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    private static byte[] Frame(byte[] message) => [0, 0, 0, 0, (byte)message.Length, .. message];

    private static async Task<HttpResponseMessage> PostAsync(
        ProbeServer server,
        byte[] body,
        string? contentType = "application/grpc",
        string path = UnaryPath,
        Version? version = null,
        params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Address + path)
        {
            Version = version ?? HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        HttpResponseMessage response = await client.SendAsync(request, Ct);
        await response.Content.LoadIntoBufferAsync(Ct);
        return response;
    }
}
