namespace Fleet.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Done as asked.</summary>
    public const int Ok = 0;

    /// <summary>The operation was understood and tried, and failed.</summary>
    public const int Failed = 1;

    /// <summary>Bad usage, configuration or environment: change the command, the file or the machine and try again.</summary>
    public const int Usage = 2;
}
