namespace MaskGen.ML.Runs.Tests;

/// <summary>Images that are named by patterns, as <c>maskgen everything</c> takes them.</summary>
public sealed class PatternTests : IDisposable
{
    private readonly TestRun _run = new();

    public PatternTests()
    {
        var image = File.ReadAllBytes(Fixture.Path("images/one-pixel.png"));
        foreach (var name in "a.png b.tif c.jpg 2024/a.png 2024/may/b.PNG 2025/a.png .hidden/a.png note.md".Split(' '))
        {
            _run.WithFile(name, image);
        }
    }

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("*.png", "a.png")]
    [InlineData("*.tif", "b.tif")]
    [InlineData("*", "a.png b.tif c.jpg")]
    [InlineData("**/*.png", "2024/a.png 2024/may/b.PNG 2025/a.png a.png")]
    [InlineData("202?/*.png", "2024/a.png 2025/a.png")]
    [InlineData("*/may", "2024/may/b.PNG", "--recursive")]
    [InlineData(".hidden/*.png", "a.png")]
    [InlineData("**/.hidden/*", ".hidden/a.png")]
    public async Task Create_FromAPattern_TakesWhatItNames(string pattern, string expected, params string[] options)
    {
        var (exitCode, error) = await CreateAsync([_run.Images + "/" + pattern], options);

        Assert.True(exitCode == 0, error);
        Assert.Equal(expected.Split(' '), Keys());
    }

    [Fact]
    public async Task Create_FromSeveralPatternsThatMeet_TakesEachImageOnce()
    {
        var (exitCode, error) = await CreateAsync([_run.Images + "/**/*.png", _run.Images + "/*.jpg", _run.Images + "/202*/*.png"]);

        // The last one begins in the same folder.
        Assert.True(exitCode == 0, error);
        Assert.Equal(["2024/a.png", "2024/may/b.PNG", "2025/a.png", "a.png", "c.jpg"], Keys());
    }

    [Theory]
    [InlineData("*.gif")]
    [InlineData("*.md")]
    [InlineData("nowhere/*.png")]
    [InlineData("*/may")]
    public async Task Create_FromAPatternWithoutAMatch_SaysSo(string pattern)
    {
        var typed = _run.Images + "/" + pattern;

        var (exitCode, error) = await CreateAsync([typed, _run.Images]);

        Assert.Equal(1, exitCode);
        Assert.Contains($"{typed}: expected images (.png, ", error, StringComparison.Ordinal);
        Assert.Contains(" of that name, found none.", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_run["run/run.json"]));
    }

    [Fact]
    public async Task Create_FromAFileWhoseNameHasWildcards_TakesThatFile()
    {
        TestServers.SkipUnless(!OperatingSystem.IsWindows(), "Windows has no such names.");
        _run.WithFile("[a*].png", File.ReadAllBytes(Fixture.Path("images/one-pixel.png")));
        _run.WithFile("[ab].png", File.ReadAllBytes(Fixture.Path("images/one-pixel.png")));

        var (exitCode, error) = await CreateAsync([_run.Images + "/[a*].png"]);

        Assert.True(exitCode == 0, error);
        Assert.Equal(["[a*].png"], Keys());
    }

    private async Task<(int ExitCode, string Error)> CreateAsync(string[] inputs, params string[] options)
    {
        var (exitCode, _, error) = await TestRun.CommandAsync(
            ["create", .. inputs, "--run", _run.Path, "--shard-images", "9", .. TestRun.QuickWith(), .. options]);
        return (exitCode, error);
    }

    private IEnumerable<string> Keys() =>
        TestRun.Query($"select key from read_json('{_run.Path}/images.jsonl', format = 'newline_delimited', columns = {{key: 'VARCHAR'}})")
            .Select(row => (string)row[0]!).Order(StringComparer.Ordinal);
}
