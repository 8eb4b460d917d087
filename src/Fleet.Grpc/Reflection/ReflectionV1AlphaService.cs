using Fleet.Grpc.Server;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Reflection.V1Alpha;

namespace Fleet.Grpc.Reflection;

/// <summary>grpc.reflection.v1alpha.ServerReflection over the services that the host has mapped.</summary>
internal sealed class ReflectionV1AlphaService(MappedServices mapped) : ServerReflection.ServerReflectionBase
{
    private readonly DescriptorIndex _index = new(mapped.Descriptors);

    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream,
        IServerStreamWriter<ServerReflectionResponse> responseStream,
        ServerCallContext context)
    {
        await foreach (ServerReflectionRequest request in requestStream.ReadAllAsync(context.CancellationToken).ConfigureAwait(false))
        {
            ServerReflectionResponse response = Answer(request);
            response.ValidHost = request.Host;
            response.OriginalRequest = request;
            await responseStream.WriteAsync(response).ConfigureAwait(false);
        }
    }

    private static ServerReflectionResponse Files(IReadOnlyList<ByteString>? files, string what) => files is null
        ? Error(StatusCode.NotFound, what + " is not known to this server")
        : new ServerReflectionResponse { FileDescriptorResponse = new FileDescriptorResponse { FileDescriptorProto = { files } } };

    private static ServerReflectionResponse Error(StatusCode code, string message) =>
        new() { ErrorResponse = new ErrorResponse { ErrorCode = (int)code, ErrorMessage = message } };

    private ServerReflectionResponse Answer(ServerReflectionRequest request) => request.MessageRequestCase switch
    {
        ServerReflectionRequest.MessageRequestOneofCase.FileByFilename =>
            Files(_index.ByName(request.FileByFilename), $"file '{request.FileByFilename}'"),
        ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol =>
            Files(_index.BySymbol(request.FileContainingSymbol), $"symbol '{request.FileContainingSymbol}'"),
        ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension =>
            Error(StatusCode.NotFound, $"message '{request.FileContainingExtension.ContainingType}' has no extensions here"),
        ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType => Extensions(request.AllExtensionNumbersOfType),
        ServerReflectionRequest.MessageRequestOneofCase.ListServices => new ServerReflectionResponse
        {
            ListServicesResponse = new ListServiceResponse
            {
                Service = { _index.Services.Select(name => new ServiceResponse { Name = name }) },
            },
        },
        _ => Error(StatusCode.InvalidArgument, "the request asks nothing that this server understands"),
    };

    // proto3 messages have no extensions, so a known type has none.
    private ServerReflectionResponse Extensions(string type) => _index.BySymbol(type) is null
        ? Error(StatusCode.NotFound, $"message '{type}' is not known to this server")
        : new ServerReflectionResponse { AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = type } };
}
