using Fleet.Controller.Grains;

namespace Fleet.Controller.Admin;

/// <summary>Collects every illegal field of a request: name, value, legal range.</summary>
internal sealed class FieldProblems
{
    private readonly List<FieldFault> _problems = [];

    /// <summary>Adds a problem unless the value is legal.</summary>
    /// <param name="legal">Whether the value is legal.</param>
    /// <param name="field">Name of the field, as in the proto.</param>
    /// <param name="value">Its value.</param>
    /// <param name="rule">What is legal.</param>
    public void Check(bool legal, string field, object? value, string rule)
    {
        if (!legal)
        {
            _problems.Add(FieldFault.Of(field, value, rule));
        }
    }

    /// <summary>Throws when a field is illegal.</summary>
    /// <exception cref="FleetFault">Every illegal field.</exception>
    public void Throw()
    {
        if (_problems.Count > 0)
        {
            IEnumerable<string> sentences = _problems.Select(p => $"{p.Field} is {Shown(p.Value)}: legal is {p.Legal}");
            throw new FleetFault(FaultKind.Invalid, string.Join("; ", sentences), _problems);
        }
    }

    private static string Shown(string value) => double.TryParse(value, out _) ? value : $"'{value}'";
}
