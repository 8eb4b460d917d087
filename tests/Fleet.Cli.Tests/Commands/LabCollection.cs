namespace Fleet.Cli.Tests.Commands;

/// <summary>Tests that put a lab up: a machine has one, so they run one after the other.</summary>
[CollectionDefinition(nameof(LabCollection))]
public sealed class LabCollection;
