namespace Fleet.Controller.Victim;

/// <summary>What the victim writes.</summary>
/// <param name="Number">Counts the writes from 1.</param>
/// <param name="Filler">Makes the document longer than one page.</param>
public sealed record Written(int Number, string Filler);
