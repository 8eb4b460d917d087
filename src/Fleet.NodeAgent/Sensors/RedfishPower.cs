using System.Text.Json;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// Watts in a Redfish resource (DMTF DSP0266): EnvironmentMetrics' <c>PowerWatts.Reading</c>, the older Power resource's
/// <c>PowerControl[].PowerConsumedWatts</c>, or its power supplies' input.
/// </summary>
internal static class RedfishPower
{
    private const double MostWatts = 100_000;

    /// <summary>Watts; null with a reason when the document has none.</summary>
    internal static (double? Watts, string Reason) Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            double? watts = Number(root, "PowerWatts", "Reading")
                ?? Sum(root, "PowerControl", "PowerConsumedWatts")
                ?? Sum(root, "PowerSupplies", "PowerInputWatts");
            return watts switch
            {
                null => (null, "the resource has neither PowerWatts.Reading nor PowerControl[].PowerConsumedWatts nor "
                    + "PowerSupplies[].PowerInputWatts; give the chassis' EnvironmentMetrics or Power resource"),
                > 0 and <= MostWatts => (watts, ""),
                _ => (null, FormattableString.Invariant($"the resource says {watts} W, which no server draws")),
            };
        }
        catch (JsonException e)
        {
            return (null, $"the answer is no JSON: {e.Message}");
        }
    }

    private static double? Number(JsonElement parent, string name, string? inner = null)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out JsonElement value))
        {
            return null;
        }

        return inner is not null ? Number(value, inner) : value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
    }

    private static double? Sum(JsonElement root, string list, string name)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(list, out JsonElement items)
            || items.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        double[] found = [.. items.EnumerateArray().Select(i => Number(i, name)).OfType<double>()];
        return found.Length == 0 ? null : found.Sum();
    }
}
