using System.Globalization;

namespace Fleet.Controller.Admin;

/// <summary>Collects every illegal field of a request: name, value, legal range.</summary>
internal sealed class FieldProblems
{
    private readonly List<string> _problems = [];

    /// <summary>Every problem found so far.</summary>
    public IReadOnlyList<string> All => _problems;

    /// <summary>Adds a problem unless the value is legal.</summary>
    /// <param name="legal">Whether the value is legal.</param>
    /// <param name="field">Name of the field, as in the proto.</param>
    /// <param name="value">Its value.</param>
    /// <param name="rule">What is legal.</param>
    public void Check(bool legal, string field, object? value, string rule)
    {
        if (!legal)
        {
            string shown = value is string text ? $"'{text}'" : string.Create(CultureInfo.InvariantCulture, $"{value}");
            _problems.Add($"{field} is {shown}: legal is {rule}");
        }
    }
}
