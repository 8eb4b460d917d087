using System.Globalization;
using System.Text.Json;
using Fleet.Hosting.Errors;

namespace Fleet.Proxy.Pools;

/// <summary>Reads one JSON object of a configuration: every field by type and range, every problem with its place, unknown fields named.</summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);
    private readonly List<string> _legal = [];
    private readonly string _place;
    private readonly ICollection<string> _problems;

    /// <param name="element">The object.</param>
    /// <param name="place">What it is, for messages: "pool \"cache\"".</param>
    /// <param name="problems">Takes what is wrong.</param>
    public JsonFields(JsonElement element, string place, ICollection<string> problems)
    {
        (_place, _problems) = (place, problems);
        if (element.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{place} is {Show(element)}; legal is an object");
            return;
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!_fields.TryAdd(property.Name, property.Value))
            {
                problems.Add($"{place}: key \"{property.Name}\" is given twice; keep one");
            }
        }
    }

    public string? Text(string name) =>
        Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : Refuse<string?>(name, value, "a text in quotes", null);

    public bool Flag(string name) =>
        Take(name) is { } value && (value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : Refuse(name, value, "true or false", false));

    public int Whole(string name, int fallback, int low, int high) =>
        Take(name) is not { } value ? fallback
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= low && number <= high ? number
        : Refuse(name, value, $"a whole number of {low} to {high}", fallback);

    public double Number(string name, double fallback, double low, double high) =>
        Take(name) is not { } value ? fallback
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= low && number <= high ? number
        : Refuse(name, value, string.Create(CultureInfo.InvariantCulture, $"a number of {low} to {high}"), fallback);

    /// <summary>One of some names; the first is taken when the field is absent.</summary>
    public string Name(string name, params IReadOnlyList<string> legal)
    {
        string given = Text(name) ?? legal[0];
        if (legal.Contains(given))
        {
            return given;
        }

        _problems.Add($"{_place}: {name} is \"{given}\"; legal: {string.Join(", ", legal)}{NearestName.Suggestion(given, legal)}");
        return legal[0];
    }

    /// <summary>A nested object; null when absent.</summary>
    public T? Object<T>(string name, Func<JsonFields, T> read)
        where T : class
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        var fields = new JsonFields(value, $"{_place}: {name}", _problems);
        T result = read(fields);
        fields.Done();
        return result;
    }

    /// <summary>The elements of an array; none when absent.</summary>
    public IReadOnlyList<JsonElement> Array(string name) =>
        Take(name) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()]
        : Refuse<IReadOnlyList<JsonElement>>(name, value, "an array", []);

    /// <summary>Texts by name; none when absent.</summary>
    public IEnumerable<(string Key, string Value)> Map(string name)
    {
        foreach (JsonProperty property in Take(name) is not { } value ? []
            : value.ValueKind == JsonValueKind.Object ? value.EnumerateObject().ToArray()
            : Refuse<JsonProperty[]>(name, value, "an object of texts", []))
        {
            if (property.Value.ValueKind == JsonValueKind.String)
            {
                yield return (property.Name, property.Value.GetString()!);
            }
            else
            {
                Refuse($"{name} \"{property.Name}\"", property.Value, "a text in quotes", 0);
            }
        }
    }

    /// <summary>Names what nobody asked for. Call it last.</summary>
    public void Done()
    {
        foreach (string unknown in _fields.Keys)
        {
            _problems.Add(
                $"{_place}: unknown key \"{unknown}\"{NearestName.Suggestion(unknown, _legal)}; legal keys: {string.Join(", ", _legal)}");
        }
    }

    private JsonElement? Take(string name)
    {
        _legal.Add(name);
        return _fields.Remove(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private T Refuse<T>(string name, JsonElement value, string rule, T instead)
    {
        _problems.Add($"{_place}: {name} is {Show(value)}; legal is {rule}");
        return instead;
    }

    private static string Show(JsonElement element)
    {
        const int Longest = 60;
        string text = element.GetRawText();
        return text.Length <= Longest ? text : text[..Longest] + "...";
    }
}
