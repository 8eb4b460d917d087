namespace Fleet.Hosting.Metrics;

/// <summary>One value of a metric with its labels, in the order of the definition's names.</summary>
/// <param name="Value">The value.</param>
/// <param name="Labels">Values of the labels.</param>
public readonly record struct Sample(double Value, params string[] Labels);
