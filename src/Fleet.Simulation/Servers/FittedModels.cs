using System.Collections.Immutable;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Servers;

/// <summary>Servers described by formulas that were fitted to published tables, by name.</summary>
public static class FittedModels
{
    /// <summary>Every name.</summary>
    public static ImmutableArray<string> Names { get; } = [MemcachedModel.Name];

    /// <summary>The model's own table over its loads and settings.</summary>
    public static Surface Surface(string name) => name == MemcachedModel.Name
        ? MemcachedModel.Published.ToSurface()
        : throw new ArgumentException($"model \"{name}\" is not known; known: {string.Join(", ", Names)}", nameof(name));
}
