using System.CommandLine;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Security;

namespace Fleet.Cli.Clients;

/// <summary>How a command finds its controller: flags, else variables, else the context in use, else the default address.</summary>
internal static class ConnectionOptions
{
    /// <summary>Variable with the controller's address.</summary>
    public const string Variable = "FLEET_CONTROLLER";

    private const string DefaultAddress = "127.0.0.1:7400";
    private const string ContextVariable = "FLEET_CONTEXT";

    private static readonly Option<string?> Address = new("--controller")
    {
        Description = $"address of the controller: HOST:PORT or unix:/PATH (default: ${Variable}, else the context, else {DefaultAddress})",
        HelpName = "ADDRESS",
        Recursive = true,
    };

    private static readonly Option<string?> Context = new("--context")
    {
        Description = $"context to use (default: ${ContextVariable}, else the current one; see 'fleet context')",
        HelpName = "NAME",
        Recursive = true,
    };

    private static readonly Option<string?> Certificate = File("--tls-cert", "certificate to show to the controller (PEM)");
    private static readonly Option<string?> Key = File("--tls-key", "its private key (PEM)");
    private static readonly Option<string?> Authority = File("--tls-ca", "authority that signed the controller's certificate (PEM)");

    /// <summary>Gives the command the options; its subcommands inherit them.</summary>
    public static void Add(Command command)
    {
        command.Add(Address);
        command.Add(Context);
        command.Add(Certificate);
        command.Add(Key);
        command.Add(Authority);
    }

    /// <summary>The connection that the command line asks for.</summary>
    /// <exception cref="StartupException">The context does not exist or the files are incomplete.</exception>
    public static Connection Read(ParseResult parsed)
    {
        string? name = parsed.GetValue(Context) ?? Variables(ContextVariable);
        CliContext? context = ContextFile.Read().Find(name);
        string address = parsed.GetValue(Address) ?? Variables(Variable) ?? context?.Controller ?? DefaultAddress;
        var problems = new List<string>();
        var tls = TlsFiles.From(
            parsed.GetValue(Certificate) ?? Variables("FLEET_TLS_CERT") ?? context?.TlsCert,
            parsed.GetValue(Key) ?? Variables("FLEET_TLS_KEY") ?? context?.TlsKey,
            parsed.GetValue(Authority) ?? Variables("FLEET_TLS_CA") ?? context?.TlsCa,
            problems);
        StartupException.ThrowIfAny(problems);
        return new Connection(address, tls);
    }

    private static string? Variables(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static Option<string?> File(string name, string description) =>
        new(name) { Description = description, HelpName = "FILE", Recursive = true };
}
