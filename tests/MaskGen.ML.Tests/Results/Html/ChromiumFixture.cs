using Microsoft.Playwright;

namespace MaskGen.ML.Tests.Results;

/// <summary>One headless Chromium for a test class: the one that the system has installed, since nothing is downloaded.</summary>
public sealed class ChromiumFixture : IAsyncLifetime
{
    // The shell first: the others make a whole window for every context, tabs and toolbar and all, that nobody sees.
    private static readonly string[] Names =
        ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    // Nothing but the page itself: no sandbox, which root has none of, and no traffic of the browser's own.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The browser; skips the test where none is installed.</summary>
    public IBrowser Browser
    {
        get
        {
            Assert.SkipWhen(_browser is null, "No Chromium is installed (looked for " + string.Join(", ", Names) + " on the path).");
            return _browser;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (Find() is { } path)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = Arguments });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        _playwright?.Dispose();
    }

    private static string? Find() =>
        (from folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
         where folder.Length > 0
         from name in Names
         select Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
