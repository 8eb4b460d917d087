namespace Fleet.Controller.Storage;

/// <summary>The one rule for ids of pools, nodes and proxies: safe as a file name, a DNS label and a metric label.</summary>
internal static class EntityId
{
    /// <summary>The rule for people.</summary>
    public const string Rule = "1 to 63 of a-z, 0-9 and '-', starting with a letter";

    /// <summary>Whether the id obeys the rule.</summary>
    public static bool IsLegal(string id) =>
        id.Length is >= 1 and <= 63 && char.IsAsciiLetterLower(id[0])
        && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
