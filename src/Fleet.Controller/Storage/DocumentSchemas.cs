using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fleet.Controller.Storage;

/// <summary>
/// Versions of the documents, by kind, and the steps from each version to the next. A step never changes once released: documents of its
/// version lie on disks. A newer version than this program's is refused, because an old program would lose what it does not know.
/// </summary>
internal static class DocumentSchemas
{
    // Step i leads from version i + 1 to version i + 2.
    private static readonly Dictionary<string, Func<JsonObject, JsonObject>[]> Steps = new(StringComparer.Ordinal)
    {
        // Version 2 knows "deleting"; an older program would bring a pool back that is on its way out.
        // Version 3 knows the kill switch, pauses and drains; an older program would tune and route what an operator took out.
        [DocumentKinds.Pools] = [document => document, document => document],
        [DocumentKinds.Proxies] = [RemovalsWithEpochs],
    };

    /// <summary>The version that this program writes.</summary>
    public static int Current(string kind) => 1 + (Steps.GetValueOrDefault(kind)?.Length ?? 0);

    /// <summary>The document's value in this program's version.</summary>
    /// <param name="kind">Kind of the document.</param>
    /// <param name="schema">Version of the value.</param>
    /// <param name="value">The value as stored.</param>
    /// <param name="place">Where it is stored, for people.</param>
    /// <exception cref="DocumentException">The version is newer than this program's.</exception>
    /// <exception cref="JsonException">The version or the value makes no sense.</exception>
    public static JsonElement Upgrade(string kind, int schema, JsonElement value, string place)
    {
        int current = Current(kind);
        if (schema > current)
        {
            throw new DocumentException(
                $"{place}: schema version {schema} is newer than this program's {current}; start the newer program, "
                + "or choose another store");
        }

        if (schema < 1)
        {
            throw new JsonException($"schema version {schema} is not 1 or above");
        }

        if (schema == current)
        {
            return value;
        }

        JsonObject document = JsonObject.Create(value) ?? throw new JsonException("the value is null");
        for (int version = schema; version < current; version++)
        {
            document = Steps[kind][version - 1](document);
        }

        return JsonSerializer.SerializeToElement(document);
    }

    private static JsonObject RemovalsWithEpochs(JsonObject proxy)
    {
        JsonArray names = proxy["pendingRemovals"] as JsonArray ?? throw new JsonException("pendingRemovals is not a list");
        proxy["pendingRemovals"] = new JsonArray(
            [.. names.Select(n => new JsonObject { ["poolId"] = n?.GetValue<string>(), ["epoch"] = 0 })]);
        return proxy;
    }
}
