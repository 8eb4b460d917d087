using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Fleet.Grpc.Wire;
using Grpc.Core;

namespace Fleet.Grpc.Client;

/// <summary>What an HTTP response, its trailers or a failure of the transport mean as a status.</summary>
internal static class ResponseStatus
{
    /// <summary>
    /// The status of a response that has no messages: trailers-only, or not gRPC at all. Null: messages or trailers follow.
    /// </summary>
    public static Status? FromHeaders(HttpResponseMessage response)
    {
        if (Single(response.Headers, GrpcHeaders.Status) is not null)
        {
            return Read(response.Headers);
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new Status(
                FromHttp(response.StatusCode), $"Bad gRPC response. HTTP status code: {(int)response.StatusCode}");
        }

        string? contentType = response.Content.Headers.ContentType?.ToString();
        return GrpcHeaders.IsGrpcContentType(contentType)
            ? null
            : new Status(StatusCode.Unknown, $"Bad gRPC response. Content type: {contentType ?? "absent"}");
    }

    /// <summary>Status and trailers after the last message.</summary>
    public static (Status Status, Metadata Trailers) FromTrailers(HttpResponseMessage response) =>
        (Read(response.TrailingHeaders), ToMetadata(response.TrailingHeaders));

    public static Metadata HeadersOf(HttpResponseMessage response) => ToMetadata(response.Headers);

    /// <summary>The encoding of the responses. UNIMPLEMENTED for an unknown one.</summary>
    public static string? EncodingOf(HttpResponseMessage response) => Single(response.Headers, GrpcHeaders.Encoding) switch
    {
        null or "identity" => null,
        Gzip.Name => Gzip.Name,
        var unknown => throw new RpcException(new Status(
            StatusCode.Internal, $"the server compresses with '{unknown}'; supported: {GrpcHeaders.SupportedEncodings}")),
    };

    /// <summary>http-grpc-status-mapping.md of the gRPC documentation: for answers of proxies that do not speak gRPC.</summary>
    public static StatusCode FromHttp(HttpStatusCode code) => (int)code switch
    {
        400 => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    /// <summary>HTTP/2 error codes (RFC 9113 §7) as PROTOCOL-HTTP2.md of the gRPC documentation maps them.</summary>
    public static StatusCode FromHttp2Error(long code) => code switch
    {
        7 => StatusCode.Unavailable,
        8 => StatusCode.Cancelled,
        11 => StatusCode.ResourceExhausted,
        12 => StatusCode.PermissionDenied,
        _ => StatusCode.Internal,
    };

    /// <summary>The status of a call that failed on this side or on the way.</summary>
    public static Status FromException(Exception exception, CallLifetime lifetime)
    {
        if (exception is RpcException rpc)
        {
            return rpc.Status;
        }

        if (lifetime.DeadlinePassed)
        {
            return new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded", exception);
        }

        if (lifetime.CancelledByCaller || exception is OperationCanceledException)
        {
            return new Status(StatusCode.Cancelled, "The client cancelled the call.", exception);
        }

        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is HttpProtocolException protocol)
            {
                return new Status(FromHttp2Error(protocol.ErrorCode), Http2ErrorText(protocol.ErrorCode), exception);
            }
        }

        return exception is HttpRequestException or IOException or ObjectDisposedException
            ? new Status(StatusCode.Unavailable, $"The server cannot be reached: {exception.GetBaseException().Message}", exception)
            : new Status(StatusCode.Internal, $"The call failed: {exception.Message}", exception);
    }

    // HttpClient reports an unanswered keep-alive ping as the same error as a broken frame.
    private static string Http2ErrorText(long code) => code == 1
        ? "HTTP/2 error 1: the server broke the protocol, or was too busy to answer a keep-alive ping"
        : $"HTTP/2 error {code} of the server";

    private static Status Read(HttpHeaders headers)
    {
        string? text = Single(headers, GrpcHeaders.Status);
        if (text is null)
        {
            return new Status(StatusCode.Unknown, "The response ended without grpc-status.");
        }

        string detail = PercentText.Decode(Single(headers, GrpcHeaders.Message) ?? "");

        // Codes that this table does not know are legal and mean UNKNOWN.
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int code)
            ? new Status(Enum.IsDefined((StatusCode)code) ? (StatusCode)code : StatusCode.Unknown, detail)
            : new Status(StatusCode.Unknown, $"grpc-status '{text}' is not a number. {detail}");
    }

    private static string? Single(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values.ToString() : null;

    private static Metadata ToMetadata(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (string value in values)
            {
                MetadataWire.AddHeader(metadata, name, value);
            }
        }

        return metadata.Freeze();
    }
}
