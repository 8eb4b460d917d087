using Fleet.Testing;
using Microsoft.Playwright;

namespace Fleet.Deploy.Tests.Page;

/// <summary>One visit of the page: notes errors and requests to other hosts, checks what a reader needs, takes pictures.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private const float PatienceMs = 30_000;
    private readonly IBrowserContext _context;
    private readonly List<string> _problems = [];

    private Visit(IBrowserContext context, IPage page, string address)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _problems.Add($"console: {message.Text}");
            }
        };
        page.PageError += (_, error) => _problems.Add($"script: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                _problems.Add($"request to another host: {request.Url}");
            }
        };
        page.SetDefaultTimeout(PatienceMs);
    }

    public IPage Page { get; }

    public static async Task<Visit> StartAsync(Chromium chromium, string address, ColorScheme scheme = ColorScheme.Light)
    {
        IBrowserContext context = await chromium.OpenAsync(scheme);
        return new Visit(context, await context.NewPageAsync(), address);
    }

    public Task SeesAsync(string text) => Assertions.Expect(Page.Locator("body")).ToContainTextAsync(
        text, new LocatorAssertionsToContainTextOptions { Timeout = PatienceMs });

    /// <summary>Checks labels and contrast of what is shown, and keeps a picture of it.</summary>
    public async Task JudgeAsync(string picture)
    {
        string folder = Path.Combine(RepositoryRoot.Path, "artifacts/page");
        Directory.CreateDirectory(folder);
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, picture + ".png"), FullPage = true });
        (await Page.EvaluateAsync<string[]>(AccessibilityScript.Text)).ShouldBeEmpty(picture);
        _problems.ShouldBeEmpty(picture);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
