using Fleet.Grpc.Tests.Protos;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Status = Grpc.Core.Status;

namespace Fleet.Grpc.Tests;

/// <summary>How calls end.</summary>
public sealed class StatusTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<StatusCode> Failures =>
        new(System.Enum.GetValues<StatusCode>().Where(code => code != StatusCode.OK));

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(Failures))]
    public async Task The_status_of_a_handler_reaches_the_client_with_detail_and_trailers(StatusCode code)
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        const string detail = "100 % größer\nzwei Zeilen 雪";
        using var call = server.Client.UnaryAsync(new ProbeRequest { Text = detail, StatusCode = (int)code }, cancellationToken: Ct);
        var failure = await Should.ThrowAsync<RpcException>(() => call.ResponseAsync);
        failure.Status.ShouldBe(new Status(code, detail));
        failure.Trailers.GetValue("why").ShouldBe("asked");
        call.GetStatus().ShouldBe(new Status(code, detail));
        call.GetTrailers().GetValue("why").ShouldBe("asked");
    }

    [Fact(Timeout = 30_000)]
    public async Task An_exception_is_unknown_and_its_message_stays_on_the_server()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        var failure = await Should.ThrowAsync<RpcException>(
            server.Client.UnaryAsync(new ProbeRequest { StatusCode = -1 }, cancellationToken: Ct).ResponseAsync);
        failure.Status.ShouldBe(new Status(StatusCode.Unknown, "Exception was thrown by handler."));
        failure.ToString().ShouldNotContain("secret");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_stream_delivers_its_messages_before_its_status()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        var request = new ProbeRequest { Text = "late", Count = 3, StatusCode = (int)StatusCode.Aborted };
        using var call = server.Client.ServerStream(request, cancellationToken: Ct);
        for (int i = 0; i < 3; i++)
        {
            (await call.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
        }

        var failure = await Should.ThrowAsync<RpcException>(() => call.ResponseStream.MoveNext(Ct));
        failure.Status.ShouldBe(new Status(StatusCode.Aborted, "late"));
        (await Should.ThrowAsync<RpcException>(() => call.ResponseStream.MoveNext(Ct))).StatusCode.ShouldBe(StatusCode.Aborted);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_client_stream_that_the_server_ends_early_reports_that_status_to_reader_and_writer()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.ClientStream(cancellationToken: Ct);
        try
        {
            await call.RequestStream.WriteAsync(new ProbeRequest { Text = "no", StatusCode = (int)StatusCode.OutOfRange }, Ct);
        }
        catch (RpcException early)
        {
            // The answer may arrive before the write is done; then the write has the status of the call.
            early.StatusCode.ShouldBe(StatusCode.OutOfRange);
        }

        (await Should.ThrowAsync<RpcException>(() => call.ResponseAsync)).Status.ShouldBe(new Status(StatusCode.OutOfRange, "no"));
        (await Should.ThrowAsync<RpcException>(() => call.RequestStream.WriteAsync(new ProbeRequest(), Ct)))
            .StatusCode.ShouldBe(StatusCode.OutOfRange);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_duplex_writer_without_reader_does_not_wait_for_ever_when_the_server_ends_the_call()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        using var call = server.Client.Duplex(cancellationToken: Ct);
        await Should.ThrowAsync<RpcException>(async () =>
        {
            while (true)
            {
                await call.RequestStream.WriteAsync(new ProbeRequest { Text = "stop", StatusCode = (int)StatusCode.NotFound }, Ct);
            }
        });
    }

    [Fact(Timeout = 30_000)]
    public async Task Unknown_service_and_unknown_method_are_unimplemented()
    {
        await using ProbeServer server = await ProbeServer.StartAsync();
        var absent = new AbsentService.AbsentServiceClient(server.Channel);
        (await Should.ThrowAsync<RpcException>(() => absent.MissingAsync(new ProbeRequest(), cancellationToken: Ct).ResponseAsync))
            .Status.ShouldBe(new Status(StatusCode.Unimplemented, "Service is unimplemented."));

        var marshaller = Marshallers.StringMarshaller;
        var method = new Method<string, string>(MethodType.Unary, "fleet.grpc.test.ProbeService", "Nothing", marshaller, marshaller);
        using var call = server.Channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(cancellationToken: Ct), "");
        (await Should.ThrowAsync<RpcException>(() => call.ResponseAsync))
            .Status.ShouldBe(new Status(StatusCode.Unimplemented, "Method is unimplemented."));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_method_that_a_service_does_not_override_is_unimplemented()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(map: app => app.MapGrpcService<EmptyService>());
        var client = new AbsentService.AbsentServiceClient(server.Channel);
        (await Should.ThrowAsync<RpcException>(() => client.MissingAsync(new ProbeRequest(), cancellationToken: Ct).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.Unimplemented);
    }

    [Fact(Timeout = 30_000)]
    public async Task Typed_details_reach_the_client()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(map: app => app.MapGrpcService<DetailedService>());
        var client = new AbsentService.AbsentServiceClient(server.Channel);
        var failure = await Should.ThrowAsync<RpcException>(
            () => client.MissingAsync(new ProbeRequest(), cancellationToken: Ct).ResponseAsync);
        failure.Status.ShouldBe(new Status(StatusCode.InvalidArgument, "two fields"));
        Google.Rpc.Status details = failure.GetRpcStatus().ShouldNotBeNull();
        details.Details.Single().Unpack<ProbeReply>().Text.ShouldBe("field a");
    }

    [Fact]
    public void Details_that_cannot_be_read_are_absent()
    {
        new RpcException(Status.DefaultCancelled).GetRpcStatus().ShouldBeNull();
        var trailers = new Metadata { { "grpc-status-details-bin", [0xFF, 0xFF] } };
        new RpcException(Status.DefaultCancelled, trailers).GetRpcStatus().ShouldBeNull();
    }

    private sealed class EmptyService : AbsentService.AbsentServiceBase;

    private sealed class DetailedService : AbsentService.AbsentServiceBase
    {
        public override Task<ProbeReply> Missing(ProbeRequest request, ServerCallContext context) => throw new Google.Rpc.Status
        {
            Code = (int)StatusCode.InvalidArgument,
            Message = "two fields",
            Details = { Any.Pack(new ProbeReply { Text = "field a" }) },
        }.ToRpcException();
    }
}
