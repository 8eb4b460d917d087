namespace Grpc.AspNetCore.Server;

/// <summary>Limits and encodings of the gRPC services of a host.</summary>
public sealed class GrpcServiceOptions
{
    /// <summary>
    /// Largest request message in bytes, before and after decompression; larger ones end their call with RESOURCE_EXHAUSTED. Default
    /// 4,194,304 (the default of the official implementations). Null: no limit.
    /// </summary>
    public int? MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>Largest response message in bytes before compression. Default null: no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Encoding of responses for clients that accept it: "gzip", or null (default) for none.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }
}
