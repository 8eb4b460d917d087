using System.Net;
using Fleet.Hosting.Listening;

namespace Fleet.Controller.Dashboard;

/// <summary>Where the controller serves its page, and who may act on it.</summary>
/// <param name="Listen">ADDRESS:PORT; null or "none": no page.</param>
/// <param name="Required">Whether a taken address is an error; else the controller runs without a page and says so.</param>
/// <param name="TokenFile">File with the operator's token; null: the page only shows.</param>
public sealed record PageOptions(string? Listen, bool Required, string? TokenFile)
{
    /// <summary>Shortest token that is accepted: 16 characters are 64 bits even when they are only hexadecimal digits.</summary>
    public const int ShortestToken = 16;

    private const string None = "none";

    /// <summary>No page.</summary>
    public static PageOptions Off { get; } = new(null, false, null);

    /// <summary>Whether there is a page.</summary>
    public bool Enabled => Listen is not null and not None;

    /// <summary>Problems of the options, named as on the command line.</summary>
    public IEnumerable<string> Validate()
    {
        if (Enabled && EndPoint() is null)
        {
            yield return $"page-listen is '{Listen}': legal is ADDRESS:PORT with an IP address, or {None}";
        }

        if (TokenFile is not null && TryReadToken(out string problem) is null)
        {
            yield return problem;
        }
    }

    internal IPEndPoint? EndPoint() => ListenAddress.TryParse(Listen ?? "", out ListenAddress address) ? address.EndPoint : null;

    /// <summary>The operator's token; null without one, or with the problem.</summary>
    internal string? TryReadToken(out string problem)
    {
        problem = "";
        if (TokenFile is null)
        {
            return null;
        }

        try
        {
            string token = File.ReadAllText(TokenFile).Trim();
            problem = token.Length >= ShortestToken
                ? ""
                : $"page-token-file '{TokenFile}' holds {token.Length} characters; legal: at least {ShortestToken} "
                    + "(head -c 24 /dev/urandom | base64 makes one)";
            return problem.Length == 0 ? token : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = $"page-token-file '{TokenFile}' cannot be read: {failure.Message.TrimEnd('.')}";
            return null;
        }
    }
}
