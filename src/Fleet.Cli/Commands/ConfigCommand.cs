using System.CommandLine;
using System.Text.Json;
using Fleet.Cli.Output;
using Fleet.Cli.Services;
using Fleet.Hosting.Configuration;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet config</c>: checks a service's configuration as its start would, without starting anything.</summary>
internal static class ConfigCommand
{
    private static readonly Argument<string> Service = new("SERVICE") { Description = "proxy, controller or agent" };

    private static readonly Argument<string?> ConfigFilePath = new("FILE")
    {
        Description = "the configuration file; without it only the variables are checked", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the options as JSON" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var check = new Command(
            "check", "Checks a service's configuration: file, then variables over it. "
                + "Prints what is set and from where; exit code 2 with every problem.")
        {
            Service, ConfigFilePath, Json,
        };
        check.SetAction(Check);
        return new Command("config", "Checks configuration.") { check };
    }

    private static int Check(ParseResult parsed)
    {
        string name = parsed.GetValue(Service)!;
        ServiceKind kind = ServiceKind.All.FirstOrDefault(s => s.Name == name) ?? throw new StartupException(
            $"service '{name}' is unknown{NearestName.Suggestion(name, ServiceKind.All.Select(s => s.Name))}; "
            + $"legal: {string.Join(", ", ServiceKind.All.Select(s => s.Name))}");
        string? file = parsed.GetValue(ConfigFilePath);
        RawOptions raw = RawOptions.Read(
            kind.Name, kind.Keys, file, Environment.GetEnvironmentVariable, new Dictionary<string, IReadOnlyList<string>>());
        kind.Check(raw, file);
        (string Option, string Value, string From)[] set = [.. kind.Keys.Where(k => raw.Has(k.Name)).Select(k => (
            k.Name, string.Join(", ", raw.Texts(k.Name)), From(k, kind.Name, file)))];
        foreach (string stray in StrayVariables(kind))
        {
            parsed.InvocationConfiguration.Error.WriteLine($"fleet: {stray}");
        }

        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            output.WriteLine(JsonSerializer.Serialize(
                new { service = kind.Name, file, options = set.Select(s => new { option = s.Option, value = s.Value, from = s.From }) }));
            return ExitCode.Ok;
        }

        var table = new TextTable("OPTION", "VALUE", "FROM");
        Array.ForEach(set, s => table.Add(s.Option, s.Value, s.From));
        table.Write(output);
        output.WriteLine($"{kind.Name}: the configuration is legal; {kind.Keys.Count - set.Length} options have their defaults");
        return ExitCode.Ok;
    }

    // Told, and no error: Kubernetes gives every container variables such as FLEET_PROXY_PORT for a service of that name.
    private static IEnumerable<string> StrayVariables(ServiceKind kind)
    {
        string prefix = $"FLEET_{kind.Name.ToUpperInvariant()}_";
        HashSet<string> legal = [.. kind.Keys.Select(k => k.Variable(kind.Name))];
        return Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && !legal.Contains(n))
            .Order(StringComparer.Ordinal)
            .Select(n => $"variable {n} is no option of {kind.Name} and is ignored{NearestName.Suggestion(n, legal)}");
    }

    private static string From(ConfigKey key, string service, string? file)
    {
        string variable = key.Variable(service);
        return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } ? variable : file ?? "";
    }
}
