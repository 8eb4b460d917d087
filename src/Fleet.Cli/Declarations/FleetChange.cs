using Fleet.V1;
using Google.Protobuf;

namespace Fleet.Cli.Declarations;

/// <summary>One entity of a declaration and what has to happen to it.</summary>
/// <param name="Name">KIND/NAME.</param>
/// <param name="Action">"created", "added", "changed", "removed", "deleted" or "unchanged".</param>
/// <param name="Spec">The spec that is wanted, or that goes.</param>
/// <param name="Write">Does it; null when nothing has to happen.</param>
internal sealed record FleetChange(
    string Name, string Action, IMessage Spec, Func<AdminService.AdminServiceClient, CancellationToken, Task>? Write)
{
    /// <summary>The word for an entity that is as declared.</summary>
    public const string Unchanged = "unchanged";
}
