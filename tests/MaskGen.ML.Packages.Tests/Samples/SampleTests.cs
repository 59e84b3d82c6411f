using MaskGen.ML.Packages.Tests.Notebooks;
using SkiaSharp;

namespace MaskGen.ML.Packages.Tests.Samples;

// Samples write to the console and to the working folder, which are those of the whole process.
[Collection(nameof(SampleTests))]
[CollectionDefinition(nameof(SampleTests), DisableParallelization = true)]
public class SampleTests
{
    [Fact]
    public void SegmentEverything_ListsTheBestAndDrawsAll()
    {
        using var folder = new TestFolder();

        var lines = SampleRunner.Run("segment-everything.cs", Fixture.Path("images/still-life.png"), folder["out/overlay.png"]).Split('\n');

        Assert.Equal(5, lines.Count(line => line.Contains("predicted IoU", StringComparison.Ordinal)));
        Assert.Equal(new ImageSize(960, 640), RgbImage.Load(folder["out/overlay.png"]).Size);
    }

    [Fact]
    public void PointPrompts_AnswersOnePointSeveralAndAnEarlierMask()
    {
        using var folder = new TestFolder();

        string[] arguments = [Fixture.Path("images/still-life.png"), folder["out/overlay.png"], "250,300", "80,300,0"];
        var lines = SampleRunner.Run("point-prompts.cs", arguments).Split('\n');

        var answers = lines.Where(line => line.Contains("pixels", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]);
        Assert.Equal(["one", "one", "one", "all", "refined:"], answers);
        Assert.True(File.Exists(folder["out/overlay.png"]));
    }

    [Fact]
    public void BoxPrompts_AnswersEveryBox()
    {
        using var folder = new TestFolder();

        string[] arguments = [Fixture.Path("images/still-life.png"), folder["out/overlay.png"], "20,275,145,415", "130,190,312,365"];
        var lines = SampleRunner.Run("box-prompts.cs", arguments).Split('\n');

        Assert.Equal(2, lines.Count(line => line.StartsWith("box ", StringComparison.Ordinal)));
        Assert.True(File.Exists(folder["out/overlay.png"]));
    }

    [Fact]
    public void Folder_HasATwinOfEveryNotebook()
    {
        var samples = Directory.GetFiles(SampleRunner.Folder(), "*.cs")
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);

        string[] withoutNotebook = ["prompt-many-times", "cut-outs", "onnx-models"];
        Assert.Equal(NotebookTests.Names.Select(row => row.Data).Concat(withoutNotebook).Order(StringComparer.Ordinal), samples);
    }

    [Fact]
    public void MlNetPipeline_OneImage_ListsItsMasksByClusterAndDrawsThem()
    {
        using var folder = new TestFolder();
        File.Copy(Fixture.Path("images/breakfast.png"), folder["breakfast.png"]);

        var lines = SampleRunner.Run("ml-net-pipeline.cs", folder.Path, folder["overlays"]).Split('\n');

        Assert.Equal(
            Enumerable.Range(1, 6).Select(cluster => $"Cluster {cluster}"),
            lines.Where(line => line.StartsWith("Cluster", StringComparison.Ordinal)).Select(line => line.Split(':')[0]));
        Assert.Contains(lines, line => line.StartsWith("  breakfast.png: 1 (", StringComparison.Ordinal));
        foreach (var overlay in new[] { "overlays/breakfast.masks.png", "overlays/breakfast.clusters.png" })
        {
            Assert.Equal(RgbImage.Load(folder["breakfast.png"]).Size, RgbImage.Load(folder[overlay]).Size);
        }
    }

    [Fact]
    public void PromptManyTimes_AnswersPointsAndBoxesFromTheStoredEmbeddings()
    {
        using var folder = new TestFolder();

        string[] arguments = [Fixture.Path("images/breakfast.png"), folder["out/embeddings.idv"]];
        var lines = SampleRunner.Run("prompt-many-times.cs", arguments).Split('\n');

        Assert.Single(lines, line => line.Contains("3 masks;", StringComparison.Ordinal));
        Assert.Single(lines, line => line.Contains("1 mask;", StringComparison.Ordinal));
        Assert.True(File.Exists(folder["out/embeddings.idv"]));
    }

    [Fact]
    public void CutOuts_OneImage_PutsEveryObjectIntoACluster()
    {
        using var folder = new TestFolder();

        var lines = SampleRunner.Run("cut-outs.cs", Fixture.Path("images/still-life.png"), folder["out/overlay.png"]).Split('\n');

        var clusters = lines.Where(line => line.StartsWith("Cluster ", StringComparison.Ordinal)).ToList();
        Assert.True(clusters.Count > 1);
        var objects = clusters.Sum(line => line.Count(character => character == '%'));
        Assert.Contains(lines, line => line.StartsWith($"{objects} objects;", StringComparison.Ordinal));
        Assert.True(File.Exists(folder["out/overlay.png"]));
    }

    [Fact]
    public void OnnxModels_OneImage_GivesThreeMasksWithAnEmbeddingEach()
    {
        using var folder = new TestFolder();

        var lines = SampleRunner.Run("onnx-models.cs", Fixture.Path("images/still-life.png"), folder["out/overlay.png"]).Split('\n');

        Assert.Equal(3, lines.Count(line => line.StartsWith("mask ", StringComparison.Ordinal)));
        Assert.True(File.Exists(folder["out/overlay.png"]));
    }

    public static TheoryData<string> Names => [.. Directory.GetFiles(SampleRunner.Folder(), "*.cs").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Names))]
    public void AnySample_OnlyAJpeg_LeavesItAsItIsAndWritesToOut(string name)
    {
        using var folder = new TestFolder();
        using var picture = SKBitmap.Decode(Fixture.Path("images/breakfast.png"));
        using var jpeg = picture.Encode(SKEncodedImageFormat.Jpeg, quality: 92);
        var before = jpeg.ToArray();
        var image = folder.Write("photo.jpg", before);

        var run = Run(folder, name, image);

        Assert.Equal((0, string.Empty), (run.ExitCode, run.Error));
        Assert.Equal(before, File.ReadAllBytes(image));
        var written = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Where(path => path != image).ToArray();
        Assert.NotEmpty(written);
        Assert.All(written, path => Assert.StartsWith(folder["out" + Path.DirectorySeparatorChar], path, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AnySample_ResultThatIsThereAlready_TakesAnotherName(string name)
    {
        using var folder = new TestFolder();
        var image = folder.Write("photo.jpg", File.ReadAllBytes(Fixture.Path("images/scene-orientation-6.jpg")));
        var isFolder = name == "ml-net-pipeline.cs";
        string[] mine = isFolder
            ? [folder.Write("out/photo.masks.png", [1, 2, 3]), folder.Write("out/photo.clusters.png", [1, 2, 3])]
            : [folder.Write("out/result.png", [1, 2, 3])];

        SampleRunner.Run(name, image, isFolder ? folder["out"] : mine[0]);

        Assert.All(mine, file => Assert.Equal([1, 2, 3], File.ReadAllBytes(file)));
        Assert.All(mine, file => Assert.True(File.Exists(Path.ChangeExtension(file, null) + "-2.png")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AnySample_ImageThatIsNone_SaysSoInOneLine(string name)
    {
        using var folder = new TestFolder();
        var damaged = folder.Write("damaged.jpg", [0xFF, 0xD8, 0xFF]);

        foreach (var image in new[] { damaged, folder["missing.jpg"] })
        {
            var run = Run(folder, name, image);

            Assert.Equal(1, run.ExitCode);
            Assert.StartsWith($"{Path.GetFileNameWithoutExtension(name)}: ", run.Error, StringComparison.Ordinal);
            Assert.Contains(Path.GetFileName(image), run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    // Where a sample writes without being told where to.
    private static (int ExitCode, string Output, string Error) Run(TestFolder folder, string name, string image)
    {
        var working = Directory.GetCurrentDirectory();
        Directory.SetCurrentDirectory(folder.Path);
        try
        {
            return SampleRunner.RunAny(name, image);
        }
        finally
        {
            Directory.SetCurrentDirectory(working);
        }
    }
}
