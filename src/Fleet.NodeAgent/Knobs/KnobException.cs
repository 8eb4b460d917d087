namespace Fleet.NodeAgent.Knobs;

/// <summary>The host refused a knob's value, or read back another one. The message names knob, value and reason.</summary>
internal sealed class KnobException(string message, Exception? cause = null) : Exception(message, cause);
