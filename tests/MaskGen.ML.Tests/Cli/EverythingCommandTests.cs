using System.Text.Json;

namespace MaskGen.ML.Tests.Cli;

public class EverythingCommandTests
{
    private static readonly string[] Micro =
    [
        "--model", Fixture.Path("micro"), "--pred-iou-thresh", "0.45", "--stability-score-thresh", "0.3",
        "--points-per-side", "4", "--format", "json",
    ];

    [Fact]
    public async Task Run_OneImageAfterTheOther_GivesTheMasksOfEach()
    {
        using var folder = new TestFolder();
        using var generator = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions
        {
            Model = Sam2Model.FromFile(Fixture.Path("micro")),
            PointsPerSide = 4,
            PredictedIouThreshold = 0.45f,
            StabilityScoreThreshold = 0.3f,
        });
        string[] names = ["scene", "breakfast", "still-life"];
        var paths = names.Select(name => Fixture.Path($"images/{name}.png"));

        var run = await CommandLineRun.OfAsync(["everything", .. paths, "--out", folder.Path, .. Micro]);

        Assert.Equal(0, run.ExitCode);
        foreach (var name in names)
        {
            var image = RgbImage.Load(Fixture.Path($"images/{name}.png"));
            var expected = generator.Generate(image, cancellationToken: TestContext.Current.CancellationToken);
            using var json = JsonDocument.Parse(File.ReadAllText(folder[$"{name}.masks.json"]));
            var written = json.RootElement.GetProperty("masks").EnumerateArray()
                .Select(mask => mask.GetProperty("segmentation").GetProperty("counts").GetString());
            Assert.NotEmpty(expected);
            Assert.Equal(expected.Select(mask => CocoRle.Encode(mask.Segmentation)), written);
        }
    }

    [Fact]
    public async Task Run_Progress_IsThatOfEachImage()
    {
        using var folder = new TestFolder();

        string[] paths = [Fixture.Path("images/scene.png"), Fixture.Path("images/breakfast.png")];
        var run = await CommandLineRun.OfAsync(["everything", .. paths, "--points-per-batch", "4", "--out", folder.Path, .. Micro]);

        foreach (var name in new[] { "scene", "breakfast" })
        {
            var points = run.Error.Split('\n').Select(line => line.Split(' '))
                .Where(words => words is [_, _, "of", "16", "points,", ..] && words[0] == $"{name}.png:");
            Assert.Equal(["4", "8", "12", "16"], points.Select(words => words[1]));
        }
    }

    [Fact]
    public async Task Run_NameThatControlsATerminal_IsEscapedOnItAndExactInTheRecords()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such names.");
        const string Name = "a\e[31m\u202Egnp.png";
        using var folder = new TestFolder();
        File.Copy(Fixture.Path("images/scene.png"), folder[Name]);

        var run = await CommandLineRun.OfAsync(["everything", folder[Name], folder["no\nsuch\e.png"], "--out", folder["out"], .. Micro]);

        Assert.DoesNotContain("\e", run.Output + run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202E", run.Output + run.Error, StringComparison.Ordinal);
        Assert.Contains(@"a\x1b[31m\u202egnp.png: ", run.Output, StringComparison.Ordinal);
        Assert.Contains(@"a\x1b[31m\u202egnp.png: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(@"such\x1b.png: file not found.", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(Directory.GetFiles(folder["out"]).Single()));
        Assert.Equal(Name, json.RootElement.GetProperty("image").GetString());
    }
}
