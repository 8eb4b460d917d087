using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using Microsoft.AspNetCore.Builder;
using Alpha = Grpc.Reflection.V1Alpha;

namespace Fleet.Grpc.Tests.Reflection;

public sealed class ReflectionServiceTests
{
    private static readonly string[] Services =
    [
        "fleet.grpc.test.ProbeService", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task Lists_every_mapped_service() => (await AskAsync(new ServerReflectionRequest { ListServices = "*" }))
        .ListServicesResponse.Service.Select(s => s.Name).ShouldBe(Services);

    [Fact(Timeout = 30_000)]
    public async Task The_older_version_lists_them_too()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(map: app => app.MapGrpcReflectionService());
        using var call = new Alpha.ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo(cancellationToken: Ct);
        await call.RequestStream.WriteAsync(new Alpha.ServerReflectionRequest { ListServices = "*" }, Ct);
        (await call.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
        call.ResponseStream.Current.ListServicesResponse.Service.Select(s => s.Name).ShouldBe(Services);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("fleet.grpc.test.ProbeService", "probe.proto")]
    [InlineData("fleet.grpc.test.ProbeService.Duplex", "probe.proto")]
    [InlineData("fleet.grpc.test.ProbeRequest", "probe.proto")]
    [InlineData("fleet.grpc.test.ProbeRequest.hang", "probe.proto")]
    [InlineData("grpc.reflection.v1.ServerReflectionRequest", "grpc/reflection/v1/reflection.proto")]
    public async Task Finds_the_file_of_a_symbol(string symbol, string file)
    {
        ServerReflectionResponse response = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol });
        response.OriginalRequest.FileContainingSymbol.ShouldBe(symbol);
        FileDescriptorProto.Parser.ParseFrom(response.FileDescriptorResponse.FileDescriptorProto[0]).Name.ShouldBe(file);
    }

    [Fact(Timeout = 30_000)]
    public async Task Finds_a_file_by_its_name()
    {
        ServerReflectionResponse response = await AskAsync(new ServerReflectionRequest { FileByFilename = "probe.proto" });
        FileDescriptorProto.Parser.ParseFrom(response.FileDescriptorResponse.FileDescriptorProto[0])
            .Service.Select(s => s.Name).ShouldContain("ProbeService");
    }

    [Fact(Timeout = 30_000)]
    public async Task What_is_not_there_is_not_found()
    {
        await NotFoundAsync(new ServerReflectionRequest { FileByFilename = "none.proto" });
        await NotFoundAsync(new ServerReflectionRequest { FileContainingSymbol = "none.None" });
        await NotFoundAsync(new ServerReflectionRequest { AllExtensionNumbersOfType = "none.None" });
        await NotFoundAsync(new ServerReflectionRequest
        {
            FileContainingExtension = new ExtensionRequest { ContainingType = "fleet.grpc.test.ProbeRequest", ExtensionNumber = 1 },
        });
        (await AskAsync(new ServerReflectionRequest())).ErrorResponse.ErrorCode.ShouldBe((int)StatusCode.InvalidArgument);
    }

    [Fact(Timeout = 30_000)]
    public async Task Known_messages_have_no_extensions() =>
        (await AskAsync(new ServerReflectionRequest { AllExtensionNumbersOfType = "fleet.grpc.test.ProbeRequest" }))
        .AllExtensionNumbersResponse.BaseTypeName.ShouldBe("fleet.grpc.test.ProbeRequest");

    private static async Task NotFoundAsync(ServerReflectionRequest request) =>
        (await AskAsync(request)).ErrorResponse.ErrorCode.ShouldBe((int)StatusCode.NotFound);

    private static async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest request)
    {
        await using ProbeServer server = await ProbeServer.StartAsync(map: app => app.MapGrpcReflectionService());
        using var call = new ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo(cancellationToken: Ct);
        await call.RequestStream.WriteAsync(request, Ct);
        (await call.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
        ServerReflectionResponse response = call.ResponseStream.Current;
        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext(Ct)).ShouldBeFalse();
        return response;
    }
}
