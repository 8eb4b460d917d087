namespace Fleet.Grpc.Wire;

/// <summary>Names that gRPC over HTTP/2 reserves (PROTOCOL-HTTP2.md of the gRPC documentation).</summary>
internal static class GrpcHeaders
{
    public const string ContentType = "application/grpc";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";

    /// <summary>Metadata key by which a caller asks its own client for request compression; it never travels.</summary>
    public const string RequestEncoding = "grpc-internal-encoding-request";

    /// <summary>Encodings that this implementation reads and writes.</summary>
    public const string SupportedEncodings = "identity,gzip";

    /// <summary>
    /// True for "application/grpc", alone or with "+proto" and the like or parameters; "application/grpc-web" is another protocol.
    /// </summary>
    public static bool IsGrpcContentType(string? contentType) =>
        contentType is not null
        && contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';');

    /// <summary>True for names that belong to the transport, so they are no metadata.</summary>
    public static bool IsReserved(string lowerName) => lowerName switch
    {
        "content-type" or "te" or "host" or "connection" or "transfer-encoding" or "content-length" or "user-agent" => true,
        "grpc-status-details-bin" => false,
        _ => lowerName.StartsWith(':') || lowerName.StartsWith("grpc-", StringComparison.Ordinal),
    };
}
