using System.Net;
using System.Net.Http.Headers;
using Fleet.Grpc.Wire;
using Grpc.Core;

namespace Fleet.Grpc.Client;

/// <summary>The HTTP request of a call.</summary>
internal static class CallRequest
{
    private static readonly string UserAgent = "fleet-grpc/" + (typeof(CallRequest).Assembly.GetName().Version?.ToString(3) ?? "0");

    public static HttpRequestMessage Create(FleetChannel channel, string path, string? host, CallOptions options, HttpContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(channel.BaseUri, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.ContentType = new MediaTypeHeaderValue(GrpcHeaders.ContentType);
        HttpRequestHeaders headers = request.Headers;
        headers.Host = host;
        headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        headers.TryAddWithoutValidation("user-agent", UserAgent);
        headers.TryAddWithoutValidation(GrpcHeaders.AcceptEncoding, GrpcHeaders.SupportedEncodings);
        if (options.Deadline is { } deadline && deadline != DateTime.MaxValue)
        {
            TimeSpan left = deadline.ToUniversalTime() - channel.Options.TimeProvider.GetUtcNow().UtcDateTime;
            headers.TryAddWithoutValidation(GrpcHeaders.Timeout, TimeoutHeader.Format(left));
        }

        if (options.Headers is { } metadata)
        {
            if (metadata.GetValue(GrpcHeaders.RequestEncoding) is { } encoding)
            {
                headers.TryAddWithoutValidation(GrpcHeaders.Encoding, encoding);
            }

            foreach (var (name, value) in MetadataWire.ToHeaders(metadata))
            {
                headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }
}
