using System.CommandLine;
using Fleet.Cli.Output;
using Fleet.Grpc.Client;
using Fleet.Hosting.Endpoints;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Security;
using Fleet.V1;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Cli.Clients;

/// <summary>Calls the controller's admin API for a command.</summary>
internal static class AdminClient
{
    /// <summary>Gives the command the options of <see cref="ConnectionOptions"/>, which its subcommands inherit.</summary>
    public static void AddAddress(Command command) => ConnectionOptions.Add(command);

    /// <summary>Makes the command's action a call of the admin API; its failures become messages for people.</summary>
    public static void SetCall(Command command, Func<ParseResult, AdminService.AdminServiceClient, CancellationToken, Task> call) =>
        command.SetAction(async (parsed, ct) =>
        {
            Connection connection = ConnectionOptions.Read(parsed);
            using FleetChannel channel = Dial("controller", connection);
            try
            {
                await call(parsed, new AdminService.AdminServiceClient(channel), ct);
                return ExitCode.Ok;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.InvalidArgument)
            {
                throw new StartupException(refused.Status.Detail.Split("; "));
            }
            catch (RpcException elsewhere) when (elsewhere.StatusCode is StatusCode.Unavailable && Refusals.HasViolations(elsewhere))
            {
                throw;
            }
            catch (RpcException dead) when (dead.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
                throw new StartupException(
                    $"cannot reach the controller at {connection.Controller}: {dead.Status.Detail.TrimEnd('.')}; start one with "
                    + $"'fleet controller', or give its address with --controller or {ConnectionOptions.Variable}",
                    dead);
            }
            catch (RpcException) when (ct.IsCancellationRequested)
            {
                return ExitCode.Ok;
            }
        });

    /// <summary>Connects to a service, with TLS when the connection has files.</summary>
    /// <param name="what">What answers there, for messages.</param>
    /// <param name="connection">Where, and as whom.</param>
    public static FleetChannel Dial(string what, Connection connection)
    {
        if (!ServiceEndpoint.TryParse(connection.Controller, out ServiceEndpoint? endpoint, out string? problem))
        {
            throw new StartupException($"{what} address '{connection.Controller}': {problem}");
        }

        // A picture of a fleet of thousands of nodes is longer than the usual 4 MiB.
        var options = new FleetChannelOptions { MaxReceiveMessageSize = 64 << 20 };
        if (connection.Tls is null)
        {
            return FleetChannel.ForAddress(endpoint.Address, options);
        }

        var identity = TlsIdentity.Load(connection.Tls, TimeProvider.System, NullLogger.Instance);
        string address = endpoint.SocketPath is null ? "https://" + endpoint : endpoint.Address;
        return FleetChannel.ForAddress(address, options with { Tls = identity.ForClient() });
    }
}
