using MaskGen.ML.Packages.Tests.Packaging;

namespace MaskGen.ML.Packages.Tests.Docs;

/// <summary>docfx makes a site of the pages and of the XML docs without a warning.</summary>
/// <remarks>Not beside other tests: it takes every core.</remarks>
[Collection(nameof(PackedPackages))]
public class SiteTests
{
    // Where docs/docfx.json looks for the libraries, their XML docs and what they reference; build/docs.sh builds them there.
    private static readonly string[] Assemblies =
        ["src/MaskGen.ML.Runs.Fleet/bin/Release/net10.0", "src/MaskGen.ML.Serve/bin/Release/net10.0"];

    [Fact]
    public void Site_OfPagesAndApi_IsBuiltWithoutWarnings()
    {
        using var folder = new TestFolder();
        Copy(folder, ".config", "*.json");
        Copy(folder, ".", "*.md");
        Copy(folder, "docs", "*");
        Copy(folder, "docs/pages", "*");
        Copy(folder, "docs/images", "*");
        Copy(folder, "samples", "*.cs");
        Copy(folder, "samples/cvat", "*");
        Copy(folder, "src/MaskGen.ML/Models/Nano", "*.md");
        foreach (var path in Directory.GetFiles(AppContext.BaseDirectory))
        {
            var name = Path.GetFileName(path);
            if (name.EndsWith(".dll", StringComparison.Ordinal)
                || name is "MaskGen.ML.xml" or "MaskGen.ML.Results.xml" or "MaskGen.ML.Runs.xml" or "MaskGen.ML.Runs.Hangfire.xml"
                    or "MaskGen.ML.Web.xml")
            {
                var content = File.ReadAllBytes(path);
                Array.ForEach(Assemblies, assemblies => folder.Write($"{assemblies}/{name}", content));
            }
        }

        var (exitCode, output) = DotnetCommand.TryTool(folder.Path, "tool", "restore");
        Assert.SkipWhen(exitCode != 0, $"docfx cannot be had here: {output}");
        (exitCode, output) = DotnetCommand.TryTool(folder.Path, "docfx", "docs/docfx.json", "--warningsAsErrors");

        Assert.True(exitCode == 0, output);
        string[] pages =
        [
            "index", "first-steps", "api/MaskGen.ML.AutomaticMaskGenerator", "api/MaskGen.ML.Results.MaskOverlay",
            "api/MaskGen.ML.Runs.MaskRun", "api/MaskGen.ML.Runs.Hangfire.MaskRunQueue",
            "api/MaskGen.ML.Web.MaskGenWebExtensions",
        ];
        Assert.All(pages, page => Assert.True(File.Exists(folder[$"docs/_site/{page}.html"]), page));
    }

    private static void Copy(TestFolder folder, string from, string pattern)
    {
        foreach (var path in Directory.GetFiles(Path.Combine(Repository.Root(), from), pattern))
        {
            folder.Write($"{from}/{Path.GetFileName(path)}", File.ReadAllBytes(path));
        }
    }
}
