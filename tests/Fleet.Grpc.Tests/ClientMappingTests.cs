using System.Net;
using System.Net.Http.Headers;
using Fleet.Grpc.Client;
using Fleet.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;

namespace Fleet.Grpc.Tests;

/// <summary>What the client makes of answers that no gRPC server would give.</summary>
public sealed class ClientMappingTests
{
    private static readonly byte[] Good = [0, 0, 0, 0, 3, .. new ProbeReply { Text = "x" }.ToByteArray()];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(302, StatusCode.Unknown)]
    public async Task Http_errors_become_statuses(int http, StatusCode expected)
    {
        Status status = await StatusOfAsync(r => r.StatusCode = (HttpStatusCode)http);
        status.StatusCode.ShouldBe(expected);
        status.Detail.ShouldContain(http.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_grpc_status_wins_over_the_http_status() => (await StatusOfAsync(r =>
    {
        r.StatusCode = HttpStatusCode.ServiceUnavailable;
        r.Headers.Add("grpc-status", "7");
        r.Headers.TryAddWithoutValidation("grpc-message", "not%20you%21 100%");
    })).ShouldBe(new Status(StatusCode.PermissionDenied, "not you! 100%"));

    [Fact]
    public async Task Another_content_type_is_unknown() => (await StatusOfAsync(
        r => r.Content.Headers.ContentType = new MediaTypeHeaderValue("text/html"))).StatusCode.ShouldBe(StatusCode.Unknown);

    [Fact]
    public async Task A_missing_status_is_unknown() =>
        (await StatusOfAsync(_ => { }, Good)).StatusCode.ShouldBe(StatusCode.Unknown);

    [Theory]
    [InlineData("99", StatusCode.Unknown)]
    [InlineData("x", StatusCode.Unknown)]
    [InlineData("14", StatusCode.Unavailable)]
    public async Task Status_numbers_are_read_with_care(string text, StatusCode expected) =>
        (await StatusOfAsync(r => r.TrailingHeaders.Add("grpc-status", text))).StatusCode.ShouldBe(expected);

    [Fact]
    public async Task A_good_answer_passes()
    {
        using var channel = Channel(r => r.TrailingHeaders.Add("grpc-status", "0"), Good);
        (await new ProbeService.ProbeServiceClient(channel).UnaryAsync(new ProbeRequest(), cancellationToken: Ct)).Text.ShouldBe("x");
    }

    public static TheoryData<string, byte[]> BadBodies => new()
    {
        { "OK without a message", [] },
        { "two messages", [.. Good, .. Good] },
        { "message cut short", [0, 0, 0, 0, 9, 1] },
        { "no protobuf", [0, 0, 0, 0, 2, 0xFF, 0xFF] },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task Bad_bodies_are_internal_errors(string what, byte[] body) =>
        (await StatusOfAsync(r => r.TrailingHeaders.Add("grpc-status", "0"), body)).StatusCode.ShouldBe(StatusCode.Internal, what);

    [Fact]
    public async Task An_encoding_that_was_not_offered_is_an_internal_error() =>
        (await StatusOfAsync(r => r.Headers.Add("grpc-encoding", "snappy"), Good)).StatusCode.ShouldBe(StatusCode.Internal);

    [Theory]
    [InlineData(HttpRequestError.ConnectionError)]
    [InlineData(HttpRequestError.NameResolutionError)]
    [InlineData(HttpRequestError.SecureConnectionError)]
    public async Task A_failed_connection_is_unavailable(HttpRequestError error) =>
        (await StatusOfAsync(_ => throw new HttpRequestException(error))).StatusCode.ShouldBe(StatusCode.Unavailable);

    [Theory]
    [InlineData(7, StatusCode.Unavailable)]
    [InlineData(8, StatusCode.Cancelled)]
    [InlineData(11, StatusCode.ResourceExhausted)]
    [InlineData(12, StatusCode.PermissionDenied)]
    [InlineData(1, StatusCode.Internal)]
    public async Task Resets_become_statuses(int http2, StatusCode expected) => (await StatusOfAsync(_ =>
        throw new HttpRequestException("reset", new HttpProtocolException(http2, "reset", null)))).StatusCode.ShouldBe(expected);

    [Theory]
    [InlineData("localhost:80")]
    [InlineData("ftp://a")]
    [InlineData("http://a/path")]
    [InlineData("unix:relative")]
    [InlineData("")]
    public void Bad_addresses_name_the_legal_forms(string address) =>
        Should.Throw<ArgumentException>(() => FleetChannel.ForAddress(address)).Message
            .ShouldContain($"gRPC address '{address}'");

    private static async Task<Status> StatusOfAsync(Action<HttpResponseMessage> answer, byte[]? body = null)
    {
        using var channel = Channel(answer, body ?? []);
        var client = new ProbeService.ProbeServiceClient(channel);
        return (await Should.ThrowAsync<RpcException>(
            () => client.UnaryAsync(new ProbeRequest(), cancellationToken: Ct).ResponseAsync)).Status;
    }

    private static FleetChannel Channel(Action<HttpResponseMessage> answer, byte[] body) =>
        FleetChannel.ForAddress("http://nowhere.invalid", new FleetChannelOptions { HttpHandler = new Answering(answer, body) });

    private sealed class Answering(Action<HttpResponseMessage> answer, byte[] body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(body) };
            response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            answer(response);
            return Task.FromResult(response);
        }
    }
}
