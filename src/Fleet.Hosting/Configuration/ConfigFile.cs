using System.Text.Json;
using Fleet.Hosting.Errors;

namespace Fleet.Hosting.Configuration;

/// <summary>Reads a service's configuration file: one JSON object whose keys are the options' names.</summary>
public static class ConfigFile
{
    private static readonly JsonDocumentOptions Syntax = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>
    /// The values by key, null when the file holds no values at all; every problem with the file, the place and the next step goes to
    /// <paramref name="problems"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="keys">Legal keys.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>>? Read(
        string path, IReadOnlyList<ConfigKey> keys, ICollection<string> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        var values = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Syntax);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"configuration file {path}: it holds {Name(document.RootElement)}; legal is one JSON object of options");
                return null;
            }

            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                Take(path, property, keys, values, problems);
            }

            return values;
        }
        catch (JsonException malformed)
        {
            problems.Add(
                $"configuration file {path}: malformed at line {malformed.LineNumber + 1}, position {malformed.BytePositionInLine + 1}: "
                + $"{Plain(malformed.Message)}; correct the JSON there");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add($"configuration file {path}: {failure.Message.TrimEnd('.')}; give a file that can be read with --config");
        }

        return null;
    }

    private static void Take(
        string path,
        JsonProperty property,
        IReadOnlyList<ConfigKey> keys,
        Dictionary<string, IReadOnlyList<string>> values,
        ICollection<string> problems)
    {
        ConfigKey? key = keys.FirstOrDefault(k => k.Name == property.Name);
        if (key is null)
        {
            string suggestion = NearestName.Suggestion(property.Name, keys.Select(k => k.Name));
            problems.Add(
                $"configuration file {path}: unknown key '{property.Name}'{suggestion}; "
                + $"legal keys: {string.Join(", ", keys.Select(k => k.Name))}");
        }
        else if (values.ContainsKey(key.Name))
        {
            problems.Add($"configuration file {path}: key '{key.Name}' is given twice; keep one");
        }
        else if (property.Value.ValueKind == JsonValueKind.Array && key.Many && property.Value.EnumerateArray().All(IsScalar))
        {
            values[key.Name] = [.. property.Value.EnumerateArray().Select(Text)];
        }
        else if (key.Structured && property.Value.ValueKind is JsonValueKind.Array or JsonValueKind.Object)
        {
            values[key.Name] = [property.Value.GetRawText()];
        }
        else if (IsScalar(property.Value))
        {
            values[key.Name] = [Text(property.Value)];
        }
        else
        {
            string legal = key.Many ? "a value or an array of values" : "one value";
            problems.Add($"configuration file {path}: key '{key.Name}' holds {Name(property.Value)}; legal is {legal} ({key.HelpName})");
        }
    }

    private static bool IsScalar(JsonElement element) =>
        element.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;

    private static string Text(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => element.GetRawText(),
    };

    private static string Name(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Null => "null",
        _ => $"'{Text(element)}'",
    };

    // The parser's message ends with its own words for the place.
    private static string Plain(string message)
    {
        int place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (place < 0 ? message : message[..place]).TrimEnd('.');
    }
}
