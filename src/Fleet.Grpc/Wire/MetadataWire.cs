using Grpc.Core;

namespace Fleet.Grpc.Wire;

/// <summary>Metadata as HTTP headers: "-bin" values are base64, sent without padding, read with or without it.</summary>
internal static class MetadataWire
{
    /// <summary>Entries that may travel, as header name and value.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ToHeaders(Metadata metadata) => metadata
        .Where(entry => !GrpcHeaders.IsReserved(entry.Key))
        .Select(entry => KeyValuePair.Create(entry.Key, entry.IsBinary ? ToBase64(entry.ValueBytes) : entry.Value));

    /// <summary>Adds a received header unless its name is reserved. Binary values that are no base64 are an error of the peer.</summary>
    public static void AddHeader(Metadata metadata, string name, string value)
    {
        string key = name.ToLowerInvariant();
        if (GrpcHeaders.IsReserved(key))
        {
            return;
        }

        if (!key.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.Ordinal))
        {
            // Values outside printable ASCII are legal in HTTP but not in metadata: such a header is not metadata.
            if (!value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                metadata.Add(key, value);
            }

            return;
        }

        // Peers may join the values of a repeated key with commas, which base64 does not contain.
        foreach (string part in value.Split(','))
        {
            metadata.Add(key, FromBase64(key, part.Trim()));
        }
    }

    public static string ToBase64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static byte[] FromBase64(string key, string text)
    {
        try
        {
            return Convert.FromBase64String(text.TrimEnd('=').PadRight((text.TrimEnd('=').Length + 3) / 4 * 4, '='));
        }
        catch (FormatException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"value of metadata key '{key}' is not base64", e));
        }
    }
}
