namespace Fleet.Lab.Sweeps;

/// <summary>A real node to sweep: its agent sets the knobs, its memcached takes the load.</summary>
/// <param name="AgentAddress">The agent's address, for messages.</param>
/// <param name="Agent">The agent.</param>
/// <param name="Host">Host of memcached.</param>
/// <param name="Port">Its port, 1 to 65,535.</param>
public sealed record SweepTarget(string AgentAddress, V1.AgentService.AgentServiceClient Agent, string Host, int Port);
