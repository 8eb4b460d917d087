using Fleet.V1;
using Grpc.Core;

namespace Fleet.Cli.Output;

/// <summary>What a refusal of the admin API says of fields.</summary>
internal static class Refusals
{
    /// <summary>Whether the controller itself refused, rather than not being there.</summary>
    public static bool HasViolations(RpcException refused) =>
        refused.GetRpcStatus()?.Details.Any(d => d.Is(Violations.Descriptor)) == true;
}
