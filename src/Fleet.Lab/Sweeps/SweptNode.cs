using System.Collections.Immutable;
using Fleet.Hosting.Errors;
using Fleet.Lab.Lab;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Lab.Sweeps;

/// <summary>The agent of a node that is swept: sets its knobs and reads its power.</summary>
/// <param name="agent">The agent.</param>
/// <param name="prefix">What the sweep puts before the names of this node's knobs; empty for the only node.</param>
internal sealed class SweptNode(AgentService.AgentServiceClient agent, string prefix = "")
{
    private const uint LeaseMs = 600_000;

    // On a full machine the agent, which gives way to everything else, may tell of a window only after it.
    private static readonly TimeSpan LatestReading = TimeSpan.FromSeconds(10);
    private static ulong _commands;

    /// <summary>Source of the power readings so far: "rapl", "model", …; empty before the first.</summary>
    internal string PowerSource { get; private set; } = "";

    /// <summary>The node's knobs, with the prefix.</summary>
    /// <exception cref="StartupException">Nothing answers at the agent's address, or it may not set knobs.</exception>
    internal async Task<IReadOnlyList<Knob>> KnobsAsync(string address, CancellationToken cancellation)
    {
        try
        {
            DescribeResponse described = await agent.DescribeAsync(new DescribeRequest(), cancellationToken: cancellation);
            if (described.Bypass.Length > 0)
            {
                throw new StartupException($"--agent {address}: the knobs do not reach this node's traffic: {described.Bypass}");
            }

            return [.. described.Knobs.Select(k => new Knob(k) { Name = prefix + k.Name })];
        }
        catch (RpcException absent) when (absent.StatusCode is StatusCode.Unavailable)
        {
            throw new StartupException(
                $"--agent {address}: nothing answers there ({absent.Status.Detail.TrimEnd('.')}); start one with 'fleet agent'", absent);
        }
    }

    /// <summary>Puts a setting in force as a probe: it ends with its lease should the sweep die.</summary>
    /// <exception cref="LabException">The agent refuses, as it does while a controller tunes its node.</exception>
    internal async Task ApplyAsync(ImmutableSortedDictionary<string, long> setting, CancellationToken cancellation)
    {
        KnobValue[] own = [.. setting.Where(v => v.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(v => new KnobValue { Knob = v.Key[prefix.Length..], Value = v.Value })];
        var wanted = new Setting();
        wanted.Values.AddRange(own);
        try
        {
            await agent.ApplyAsync(
                new ApplyRequest
                {
                    Epoch = 1,
                    CommandId = $"sweep-{Interlocked.Increment(ref _commands)}",
                    Setting = wanted,
                    Exploring = own.Length > 0,
                    LeaseMs = LeaseMs,
                    Why = "fleet sweep",
                },
                cancellationToken: cancellation);
        }
        catch (RpcException refused) when (refused.StatusCode is StatusCode.FailedPrecondition or StatusCode.Aborted)
        {
            throw new LabException($"the agent refuses the setting: {refused.Status.Detail.TrimEnd('.')}; "
                + "a node that a controller tunes is swept after 'fleet node remove' and a restart of its agent");
        }
    }

    /// <summary>Mean power from now until the token is cancelled, or until the first reading when none came before that.</summary>
    /// <param name="skip">First readings that do not count.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <exception cref="LabException">The agent gave no power reading.</exception>
    internal async Task<double> WattsAsync(int skip, CancellationToken cancellation)
    {
        double joules = 0, seconds = 0;
        int readings = 0;
        using var patience = new CancellationTokenSource();
        using CancellationTokenRegistration over = cancellation.Register(
            () => patience.CancelAfter(Volatile.Read(ref readings) > 0 ? TimeSpan.Zero : LatestReading));
        try
        {
            using var call = agent.WatchReadings(new WatchReadingsRequest { IntervalMs = 250 }, cancellationToken: patience.Token);
            while (!(cancellation.IsCancellationRequested && readings > 0) && await call.ResponseStream.MoveNext(patience.Token))
            {
                NodeReading reading = call.ResponseStream.Current;
                if (skip-- > 0)
                {
                    continue;
                }

                Volatile.Write(ref readings, readings + 1);
                if (reading.HasPowerWatts)
                {
                    joules += reading.PowerWatts * reading.DurationMs / 1000;
                    seconds += reading.DurationMs / 1000;
                    PowerSource = reading.PowerSource.ToString().ToLowerInvariant();
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or RpcException && patience.IsCancellationRequested)
        {
            // The window is over.
        }

        return seconds > 0
            ? joules / seconds
            : throw new LabException("the agent gives no power reading, so there is nothing to sweep for; see 'fleet agent --describe'");
    }
}
