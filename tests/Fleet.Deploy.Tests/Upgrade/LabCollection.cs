namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>Tests that take the machine's one lab, or whose load would disturb it: one at a time, and nothing beside them.</summary>
[CollectionDefinition(nameof(LabCollection), DisableParallelization = true)]
public class LabCollection;
