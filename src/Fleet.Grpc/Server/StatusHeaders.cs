using System.Globalization;
using Fleet.Grpc.Wire;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Fleet.Grpc.Server;

/// <summary>Status and trailers of a call as HTTP trailers or, in a trailers-only response, headers.</summary>
internal static class StatusHeaders
{
    public static void Write(Status status, Metadata trailers, IHeaderDictionary target)
    {
        foreach (var (name, value) in MetadataWire.ToHeaders(trailers))
        {
            target.Append(name, value);
        }

        target[GrpcHeaders.Status] = ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (status.Detail.Length > 0)
        {
            target[GrpcHeaders.Message] = PercentText.Encode(status.Detail);
        }
    }
}
