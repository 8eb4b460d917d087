using System.CommandLine;
using Fleet.Grpc.Client;
using Fleet.Hosting.Endpoints;
using Fleet.Hosting.Errors;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Cli.Clients;

/// <summary>Calls the controller's admin API for a command.</summary>
internal static class AdminClient
{
    /// <summary>Where the controller listens unless told otherwise.</summary>
    private const string DefaultAddress = "127.0.0.1:7400";

    private const string Variable = "FLEET_CONTROLLER";

    private static readonly Option<string?> Address = new("--controller")
    {
        Description = $"address of the controller: HOST:PORT or unix:/PATH (default: ${Variable}, else {DefaultAddress})",
        HelpName = "ADDRESS",
        Recursive = true,
    };

    /// <summary>Gives the command the option <c>--controller</c>, which its subcommands inherit.</summary>
    public static void AddAddress(Command command) => command.Add(Address);

    /// <summary>Makes the command's action a call of the admin API; its failures become messages for people.</summary>
    public static void SetCall(Command command, Func<ParseResult, AdminService.AdminServiceClient, CancellationToken, Task> call) =>
        command.SetAction(async (parsed, ct) =>
        {
            string? variable = Environment.GetEnvironmentVariable(Variable);
            string address = parsed.GetValue(Address) ?? (string.IsNullOrEmpty(variable) ? DefaultAddress : variable);
            using FleetChannel channel = Dial(address);
            try
            {
                await call(parsed, new AdminService.AdminServiceClient(channel), ct);
                return ExitCode.Ok;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.InvalidArgument)
            {
                throw new StartupException(refused.Status.Detail.Split("; "));
            }
            catch (RpcException dead) when (dead.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
                throw new StartupException(
                    $"cannot reach the controller at {address}: {dead.Status.Detail.TrimEnd('.')}; start one with 'fleet controller', "
                    + $"or give its address with --controller or {Variable}",
                    dead);
            }
            catch (RpcException) when (ct.IsCancellationRequested)
            {
                return ExitCode.Ok;
            }
        });

    private static FleetChannel Dial(string address) =>
        ServiceEndpoint.TryParse(address, out ServiceEndpoint? endpoint, out string? problem)
        ? FleetChannel.ForAddress(endpoint.Address)
        : throw new StartupException($"controller address '{address}': {problem}");
}
