namespace Fleet.Hosting.Errors;

/// <summary>
/// The caller asked for something that cannot be done as asked: bad usage, bad configuration, or an environment that lacks something.
/// The command line prints every problem on one line each and exits with 2; nothing is left half-started.
/// </summary>
public sealed class StartupException : Exception
{
    /// <summary>Creates the exception from all problems found; each names the thing, its value and the next step.</summary>
    public StartupException(IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>Creates the exception from one problem.</summary>
    public StartupException(string problem, Exception? cause = null)
        : base(problem, cause) => Problems = [problem];

    /// <summary>Every problem found, in the order of checking; at least one.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Throws when there is a problem.</summary>
    public static void ThrowIfAny(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new StartupException(problems);
        }
    }
}
