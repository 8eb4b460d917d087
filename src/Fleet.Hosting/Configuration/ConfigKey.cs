namespace Fleet.Hosting.Configuration;

/// <summary>One option of a service: a flag <c>--name</c>, a variable and a key of the configuration file.</summary>
/// <param name="Name">Name in kebab case, for example "state".</param>
/// <param name="HelpName">Form of the value for people, for example "HOST:PORT".</param>
/// <param name="Description">What it does, with default, unit and range.</param>
/// <param name="Many">Whether it may be given several times (an array in the file, separated by commas in the variable).</param>
/// <param name="Structured">Whether the file may hold an array or an object there, which is kept as its JSON text.</param>
public sealed record ConfigKey(string Name, string HelpName, string Description, bool Many = false, bool Structured = false)
{
    /// <summary>The option's variable for a service, for example FLEET_PROXY_STATE.</summary>
    public string Variable(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return $"FLEET_{service}_{Name}".Replace('-', '_').ToUpperInvariant();
    }
}
