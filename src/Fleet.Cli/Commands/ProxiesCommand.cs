using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet proxies</c>: adds, removes and shows the proxies that the controller steers.</summary>
internal static class ProxiesCommand
{
    private static readonly Argument<string> ProxyId = new("PROXY") { Description = "1 to 63 of a-z, 0-9 and '-', starting with a letter" };
    private static readonly Argument<string> Control = new("CONTROL")
    {
        Description = "its control address: http://HOST:PORT or unix:/PATH",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var proxies = new Command("proxies", "Adds, removes and shows the proxies that the controller steers.");
        AdminClient.AddAddress(proxies);
        proxies.Add(Add());
        proxies.Add(Remove());
        proxies.Add(List());
        return proxies;
    }

    private static Command Add()
    {
        var command = new Command("add", "Adds a proxy; it gets every pool.") { ProxyId, Control };
        OutputFormat.Add(command);
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            var spec = new ProxySpec { ProxyId = parsed.GetValue(ProxyId), Control = parsed.GetValue(Control) };
            V1.Proxy added = await admin.AddProxyAsync(new AddProxyRequest { Spec = spec }, cancellationToken: ct);
            OutputFormat.Write(parsed, added, output => StatusTables.Proxies([added]).Write(output));
        });
        return command;
    }

    private static Command Remove()
    {
        var command = new Command("remove", "Forgets a proxy; it goes on serving what it has.") { ProxyId };
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            string proxyId = parsed.GetValue(ProxyId)!;
            await admin.RemoveProxyAsync(new RemoveProxyRequest { ProxyId = proxyId }, cancellationToken: ct);
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"fleet: proxy '{proxyId}' is forgotten");
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Shows the proxies.");
        OutputFormat.Add(command);
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            ListProxiesResponse response = await admin.ListProxiesAsync(new ListProxiesRequest(), cancellationToken: ct);
            OutputFormat.Write(parsed, response, output => StatusTables.Proxies(response.Proxies).Write(output));
        });
        return command;
    }
}
