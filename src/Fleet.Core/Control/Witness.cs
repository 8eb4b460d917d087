namespace Fleet.Core.Control;

/// <summary>What a node says of itself to its siblings.</summary>
/// <param name="Counts">Whether it is asked at all: it has a tuner and an agent.</param>
/// <param name="Searching">It searches.</param>
/// <param name="Busy">It has load.</param>
/// <param name="Troubled">It has load and is in trouble.</param>
/// <param name="Probing">It tries a setting.</param>
internal readonly record struct Witness(bool Counts, bool Searching, bool Busy, bool Troubled, bool Probing);
