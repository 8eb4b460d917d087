using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Fleet.Controller.Dashboard;

/// <summary>
/// Keeps other sites out. Reads: the Host must be this server (a foreign name that resolves here, DNS rebinding, is refused), and a browser
/// must not say that another site asks. Changes: POST only, from this page's own script, with the operator's token.
/// </summary>
/// <param name="endpoint">Where the page listens.</param>
/// <param name="token">The operator's token; null: nobody may change anything.</param>
internal sealed class PageGuard(IPEndPoint endpoint, string? token)
{
    /// <summary>Header that this page's script sets; another site cannot without asking first, and it is never allowed.</summary>
    public const string ScriptHeader = "X-Fleet-Page";

    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly byte[]? _tokenHash = token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Whether changes are possible at all.</summary>
    public bool ActionsPossible => _tokenHash is not null;

    /// <summary>Answers what must not pass; hands the rest on.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Describe(context.Response.Headers);
        (int Status, string Problem)? refusal = Refusal(context.Request);
        if (refusal is { } no)
        {
            context.Response.StatusCode = no.Status;
            await context.Response.WriteAsJsonAsync(new PageProblem(no.Problem), PageJson.Options).ConfigureAwait(false);
            return;
        }

        await next(context).ConfigureAwait(false);
    }

    private (int Status, string Problem)? Refusal(HttpRequest request)
    {
        if (IPAddress.IsLoopback(endpoint.Address) && !IsLoopbackName(request.Host.Host))
        {
            return (StatusCodes.Status403Forbidden, $"host '{request.Host.Host}' is not this server; open http://{endpoint} on its own host");
        }

        string site = request.Headers["Sec-Fetch-Site"].ToString();
        bool navigation = request.Headers["Sec-Fetch-Mode"] == "navigate" && HttpMethods.IsGet(request.Method);
        if (site is "cross-site" or "same-site" && !navigation)
        {
            return (StatusCodes.Status403Forbidden, "another site asked for this; only the page itself may");
        }

        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return null;
        }

        string origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && origin != $"{request.Scheme}://{request.Host}")
        {
            return (StatusCodes.Status403Forbidden, $"origin '{origin}' is not this page");
        }

        if (request.Headers[ScriptHeader] != "1")
        {
            return (StatusCodes.Status403Forbidden, $"a change needs the header {ScriptHeader}: 1, which the page's script sets");
        }

        return Permits(request.Headers.Authorization.ToString())
            ? null
            : (StatusCodes.Status401Unauthorized, ActionsPossible
                ? "the operator's token is missing or wrong"
                : "this page only shows; start the controller with --page-token-file to act on it");
    }

    private bool Permits(string authorization)
    {
        const string Scheme = "Bearer ";
        return _tokenHash is not null && authorization.StartsWith(Scheme, StringComparison.Ordinal)
            && CryptographicOperations.FixedTimeEquals(_tokenHash, SHA256.HashData(Encoding.UTF8.GetBytes(authorization[Scheme.Length..])));
    }

    private static bool IsLoopbackName(string host) =>
        host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static void Describe(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }
}
