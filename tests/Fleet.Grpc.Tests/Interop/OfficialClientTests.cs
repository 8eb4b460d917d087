using System.Text.Json;
using Grpc.Core;

namespace Fleet.Grpc.Tests.Interop;

/// <summary>What every official client must see of this server.</summary>
/// <typeparam name="TClient">The client.</typeparam>
public abstract class OfficialClientTests<TClient>(TClient client) : IClassFixture<TClient>
    where TClient : OfficialClient
{
    private static readonly string[] Services =
    [
        "fleet.grpc.test.ProbeService", "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
    ];

    [Fact]
    public void Unary() => Text("unary", "text").ShouldBe("hello");

    [Fact]
    public void Server_stream()
    {
        client.Saw("serverStream").GetProperty("seen").EnumerateArray().Select(e => e.GetInt32()).ShouldBe([0, 1, 2, 3, 4]);
        CodeOf("serverStream").ShouldBe(StatusCode.OK);
    }

    [Fact]
    public void Client_stream()
    {
        Text("clientStream", "text").ShouldBe("a,b,c");
        client.Saw("clientStream").GetProperty("index").GetInt32().ShouldBe(3);
    }

    [Fact]
    public void Duplex()
    {
        client.Saw("duplex").GetProperty("seen").EnumerateArray().Select(e => e.GetString()).ShouldBe(["x", "y", "z"]);
        CodeOf("duplex").ShouldBe(StatusCode.OK);
    }

    [Fact]
    public void Metadata_of_text_and_bytes()
    {
        Text("metadata", "header").ShouldBe("there and back");
        client.Saw("metadata").GetProperty("trailer").EnumerateArray().Select(e => e.GetInt32()).ShouldBe([0, 1, 255]);
    }

    [Fact]
    public void Gzip_both_ways() => client.Saw("gzip").GetProperty("length").GetInt32().ShouldBe(100_000);

    [Fact]
    public void Status_of_a_handler()
    {
        CodeOf("failure").ShouldBe(StatusCode.Aborted);
        Text("failure", "details").ShouldBe("ünï %");
        Text("failure", "why").ShouldBe("asked");
    }

    [Fact]
    public void Exception_of_a_handler()
    {
        CodeOf("crash").ShouldBe(StatusCode.Unknown);
        Text("crash", "details").ShouldBe("Exception was thrown by handler.");
    }

    [Theory]
    [InlineData("missingMethod", StatusCode.Unimplemented)]
    [InlineData("missingService", StatusCode.Unimplemented)]
    [InlineData("deadline", StatusCode.DeadlineExceeded)]
    [InlineData("oversizedRequest", StatusCode.ResourceExhausted)]
    [InlineData("oversizedResponse", StatusCode.ResourceExhausted)]
    [InlineData("cancelled", StatusCode.Cancelled)]
    public void Statuses(string scenario, StatusCode expected) => CodeOf(scenario).ShouldBe(expected);

    [Fact]
    public void Handlers_see_deadline_and_cancellation()
    {
        client.Saw("cancelled").ValueKind.ShouldBe(JsonValueKind.Object);
        client.CancelledHandlers.ShouldBe(2);
    }

    [Fact]
    public void Health() => client.Saw("health").GetString().ShouldBe("SERVING");

    [Theory]
    [InlineData("reflectionV1")]
    [InlineData("reflectionV1Alpha")]
    public void Reflection_lists_the_services(string scenario) =>
        client.Saw(scenario).EnumerateArray().Select(e => e.GetString()).ShouldBe(Services);

    private StatusCode CodeOf(string scenario) => (StatusCode)client.Saw(scenario).GetProperty("code").GetInt32();

    private string? Text(string scenario, string property) => client.Saw(scenario).GetProperty(property).GetString();
}
