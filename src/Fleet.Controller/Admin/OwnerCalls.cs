using System.Collections.Concurrent;
using Fleet.Controller.Grains;
using Fleet.Grpc.Client;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Admin;

/// <summary>
/// Asks a pool's owner what only the owner knows, because what was learned lies in its grain. A question at another controller is passed on
/// to the address in the owner's heartbeat, once: who asks on behalf of another is never asked on.
/// </summary>
/// <param name="pools">The pools.</param>
/// <param name="peers">How controllers connect to each other; null: plain text only.</param>
/// <param name="time">Clock of deadlines.</param>
internal sealed class OwnerCalls(PoolDirectory pools, FleetChannelOptions? peers, TimeProvider time) : IDisposable
{
    /// <summary>Marks a question that was passed on.</summary>
    internal const string PassedOn = "fleet-passed-on";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, FleetChannel> _channels = new(StringComparer.Ordinal);

    /// <summary>Answers here when the pool is owned here, else at its owner.</summary>
    /// <param name="poolId">The pool.</param>
    /// <param name="context">The call.</param>
    /// <param name="here">Asks the pool's grain.</param>
    /// <param name="there">Asks the owner's admin API.</param>
    /// <exception cref="FleetFault">There is no such pool, or nobody owns it just now.</exception>
    public async Task<T> AskAsync<T>(
        string poolId,
        ServerCallContext context,
        Func<PoolRef, Task<T>> here,
        Func<AdminService.AdminServiceClient, CallOptions, Task<T>> there)
    {
        PoolRef pool = pools.Get(poolId);
        if (pools.Grain(poolId) is not null
            || context.RequestHeaders.Any(h => h.Key == PassedOn)
            || pools.Ownership.AddressOf(poolId) is not { } address)
        {
            return await here(pool).ConfigureAwait(false);
        }

        FleetChannel channel = _channels.GetOrAdd(address, a => FleetChannel.ForAddress(a, peers));
        var options = new CallOptions(
            new Metadata { { PassedOn, "1" } }, time.GetUtcNow().UtcDateTime + Patience, context.CancellationToken);
        try
        {
            return await there(new AdminService.AdminServiceClient(channel), options).ConfigureAwait(false);
        }
        catch (RpcException away) when (away.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            throw new FleetFault(
                FaultKind.Elsewhere,
                $"pool '{poolId}' is owned by the controller at {address}, which does not answer; retry in a moment",
                new FieldFault("pool_id", poolId, "a pool whose owner answers"));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FleetChannel channel in _channels.Values)
        {
            channel.Dispose();
        }
    }
}
