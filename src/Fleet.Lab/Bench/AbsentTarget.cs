namespace Fleet.Lab.Bench;

/// <summary>A target that is not installed.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Package">Debian package that has it.</param>
/// <param name="Install">Command that installs it.</param>
public sealed record AbsentTarget(string Target, string Package, string Install);
