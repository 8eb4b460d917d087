using Fleet.Hosting.Security;
using Grpc.AspNetCore.Server;
using Grpc.Core;

namespace Fleet.Controller.Admin;

/// <summary>Who calls the admin API.</summary>
/// <param name="Actor">Name of the client's certificate; without TLS "local".</param>
/// <param name="Role">The role that the certificate gives.</param>
/// <param name="Peer">Address of the client.</param>
internal sealed record AdminCaller(string Actor, string Role, string Peer)
{
    /// <summary>The caller of a call.</summary>
    public static AdminCaller Of(ServerCallContext context)
    {
        Caller caller = Caller.Of(context.GetHttpContext());
        return new AdminCaller(caller.Name, caller.Role.ToString().ToLowerInvariant(), context.Peer);
    }
}
