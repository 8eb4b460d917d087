namespace Fleet.Lab.Lab;

/// <summary>A step of the lab failed on this machine; the message names the step and what the system said.</summary>
public sealed class LabException(string message, Exception? cause = null) : Exception(message, cause);
