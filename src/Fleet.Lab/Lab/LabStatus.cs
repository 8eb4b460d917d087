namespace Fleet.Lab.Lab;

/// <summary>The lab as it is now.</summary>
/// <param name="StateDirectory">Where its state is.</param>
/// <param name="Servers">Servers in order of index; empty when there is no lab.</param>
public sealed record LabStatus(string StateDirectory, IReadOnlyList<LabServer> Servers);
