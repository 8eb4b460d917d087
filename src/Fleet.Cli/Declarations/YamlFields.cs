using System.Globalization;
using Fleet.Hosting.Errors;
using YamlDotNet.RepresentationModel;

namespace Fleet.Cli.Declarations;

/// <summary>Reads fields of a YAML document; every problem is collected with its line, value and legal range.</summary>
/// <param name="file">Name of the file.</param>
/// <param name="problems">Takes what is wrong.</param>
internal sealed class YamlFields(string file, List<string> problems)
{
    /// <summary>Reads a mapping: each key by its reader; unknown keys are problems.</summary>
    public void Map(YamlNode node, string path, Dictionary<string, Action<YamlNode, string>> keys)
    {
        if (node is not YamlMappingNode map)
        {
            Bad(node, path, Shown(node), $"a mapping with the keys {string.Join(", ", keys.Keys)}");
            return;
        }

        foreach ((YamlNode key, YamlNode value) in map.Children)
        {
            string name = (key as YamlScalarNode)?.Value ?? "";
            if (keys.TryGetValue(name, out Action<YamlNode, string>? read))
            {
                read(value, path == "the file" ? name : $"{path}.{name}");
            }
            else
            {
                problems.Add(
                    $"{file}: line {key.Start.Line}: {path} has the unknown key '{name}'{NearestName.Suggestion(name, keys.Keys)}; "
                    + $"legal keys: {string.Join(", ", keys.Keys)}");
            }
        }
    }

    /// <summary>The items of a list.</summary>
    public IEnumerable<YamlNode> List(YamlNode node, string path)
    {
        if (node is YamlSequenceNode list)
        {
            return list.Children;
        }

        if (node is not YamlScalarNode { Value: "" })
        {
            Bad(node, path, Shown(node), "a list");
        }

        return [];
    }

    /// <summary>A text.</summary>
    public string Text(YamlNode node, string path)
    {
        if (node is YamlScalarNode { Value: { } text })
        {
            return text;
        }

        Bad(node, path, Shown(node), "a text");
        return "";
    }

    /// <summary>One of several words.</summary>
    public string OneOf(YamlNode node, string path, string[] words)
    {
        string text = Text(node, path);
        if (words.Contains(text))
        {
            return text;
        }

        Bad(node, path, $"'{text}'{NearestName.Suggestion(text, words)}", string.Join(", ", words));
        return words[0];
    }

    /// <summary>Yes or no.</summary>
    public bool Flag(YamlNode node, string path) => OneOf(node, path, ["true", "false"]) == "true";

    /// <summary>A number in a range.</summary>
    public double Number(YamlNode node, string path, double least, double most)
    {
        string text = Text(node, path);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most)
        {
            return value;
        }

        Bad(node, path, text, string.Create(CultureInfo.InvariantCulture, $"{least} to {most}"));
        return least;
    }

    /// <summary>A whole number in a range.</summary>
    public long Whole(YamlNode node, string path, long least, long most)
    {
        string text = Text(node, path);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most)
        {
            return value;
        }

        Bad(node, path, text, string.Create(CultureInfo.InvariantCulture, $"{least} to {most}"));
        return least;
    }

    /// <summary>A field that must be there.</summary>
    public void Required(YamlNode node, string path, string key, string value)
    {
        if (value.Length == 0)
        {
            problems.Add($"{file}: line {node.Start.Line}: {path}.{key} is missing; legal is 1 to 63 of a-z, 0-9 and '-', starting with a letter");
        }
    }

    /// <summary>Ids that may not repeat.</summary>
    public void Unique(IEnumerable<string> ids, string what) => problems.AddRange(
        ids.GroupBy(i => i).Where(g => g.Key.Length > 0 && g.Count() > 1)
            .Select(g => $"{file}: {what} '{g.Key}' is declared {g.Count()} times; declare it once"));

    private void Bad(YamlNode node, string path, string value, string legal) =>
        problems.Add($"{file}: line {node.Start.Line}: {path} is {value}: legal is {legal}");

    private static string Shown(YamlNode node) => node switch
    {
        YamlScalarNode scalar => $"'{scalar.Value}'",
        YamlSequenceNode => "a list",
        _ => "a mapping",
    };
}
