using Fleet.Hosting.Security;

namespace Fleet.Cli.Clients;

/// <summary>Which controller to call, and as whom.</summary>
/// <param name="Controller">Its address as given.</param>
/// <param name="Tls">The caller's certificate; null: plain text.</param>
internal sealed record Connection(string Controller, TlsFiles? Tls);
