using System.Collections.Immutable;
using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Simulation.Pools;

/// <summary>One step of a simulated pool.</summary>
/// <param name="Time">Virtual time at its end.</param>
/// <param name="View">The pool as its control sees it.</param>
/// <param name="Commands">What its control ordered.</param>
/// <param name="Nodes">What truly happened on each node.</param>
public sealed record SimulatedMoment(
    DateTimeOffset Time, PoolView View, IReadOnlyList<PoolCommand> Commands, ImmutableArray<SimulatedNodeMoment> Nodes);

/// <summary>What truly happened on one node in one step.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Requests">Requests answered.</param>
/// <param name="OverSla">Requests over the SLA.</param>
/// <param name="Joules">Energy used.</param>
/// <param name="CpuSeconds">CPU time used by the server and its NAPI thread.</param>
/// <param name="Latency">Latency of the requests.</param>
public sealed record SimulatedNodeMoment(
    string NodeId, long Requests, long OverSla, double Joules, double CpuSeconds, LatencyHistogram Latency);
