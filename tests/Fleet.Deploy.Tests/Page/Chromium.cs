using Fleet.Deploy.Tests.Page;
using Fleet.Testing;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace Fleet.Deploy.Tests.Page;

/// <summary>Debian's Chromium, driven for this assembly's tests.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Why there is no browser; null when there is one.</summary>
    public string? Reason { get; private set; }

    public async ValueTask InitializeAsync()
    {
        string? program = Tool.Find("chromium");
        if (program is null)
        {
            Reason = Tool.Missing("chromium");
            return;
        }

        try
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = program, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            });
        }
        catch (PlaywrightException cannot)
        {
            Reason = $"chromium does not start here: {cannot.Message}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    internal Task<IBrowserContext> OpenAsync(ColorScheme scheme) => _browser!.NewContextAsync(new BrowserNewContextOptions
    {
        ColorScheme = scheme, ViewportSize = new ViewportSize { Width = 1280, Height = 900 },
    });
}
