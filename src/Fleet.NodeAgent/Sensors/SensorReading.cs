namespace Fleet.NodeAgent.Sensors;

/// <summary>One sensor's reading with where it comes from and how far it can be believed.</summary>
/// <param name="Name">The sensor's stable name.</param>
/// <param name="Unit">Unit of the value.</param>
/// <param name="Value">A total since the agent started (monotone) for counters, the value now for others.</param>
/// <param name="PerSecond">Rate over the last two looks; null for what is no counter, and before the second look.</param>
/// <param name="Source">What was read: rapl, perf, hwmon, ipmi, redfish, kernel, model.</param>
/// <param name="Quality">How far it can be believed.</param>
/// <param name="Age">Time since it was read.</param>
internal readonly record struct SensorReading(
    string Name, string Unit, double Value, double? PerSecond, string Source, ReadingQuality Quality, TimeSpan Age);
