using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Results;
using MaskGen.ML.Tests.Results;

namespace MaskGen.ML.Tests.Cli;

public sealed class ResultFilesTests : IDisposable
{
    private static readonly ResultFormat[] Formats = [.. ResultFormats.All.Where(format => format.Name != "overlay")];

    private readonly TestFolder _folder = new();
    private readonly InputFile[] _images;

    public ResultFilesTests()
    {
        MaskOverlay.Save(_folder["a.png"], ResultSamples.Image, MaskSet.Empty);
        File.Copy(_folder["a.png"], _folder["b.png"]);
        _images = [Named("a.png"), Named("b.png")];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_FolderGone_IsLostAndNothingIsMadeAfterwards()
    {
        using var files = Begin();
        files.Write(Named("a.png"), Input("a.png"), ResultSamples.Masks);
        Directory.Delete(_folder["out"], recursive: true);

        var error = Assert.ThrowsAny<IOException>(() => files.Write(Named("b.png"), Input("b.png"), ResultSamples.Masks));

        Assert.Contains("b.masks.json: cannot be written: its folder does not exist", error.Message, StringComparison.Ordinal);
        Assert.True(files.IsLost);
        Assert.Empty(files.Complete());
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public void Write_SomebodysFileThatHasComeMeanwhile_IsKeptAndTheOthersGoOn()
    {
        using var files = Begin();
        File.WriteAllText(_folder["out/a.labels.png"], "somebody's");
        File.WriteAllText(_folder["out/b.mask-0002.png"], "somebody's");

        Assert.Contains(
            "a.labels.png was not written by maskgen",
            Assert.Throws<IOException>(() => files.ThrowIfTaken(Named("a.png"))).Message,
            StringComparison.Ordinal);
        files.ThrowIfTaken(Named("b.png"));
        Assert.Contains(
            "b.mask-0002.png was not written by maskgen",
            Assert.Throws<IOException>(() => files.Write(Named("b.png"), Input("b.png"), ResultSamples.Masks)).Message,
            StringComparison.Ordinal);

        Assert.False(files.IsLost);
        Assert.Equal("somebody's", File.ReadAllText(_folder["out/a.labels.png"]));
        Assert.Equal("somebody's", File.ReadAllText(_folder["out/b.mask-0002.png"]));
        Assert.Empty(Directory.GetFiles(_folder["out"], ".mg-*", new EnumerationOptions { AttributesToSkip = 0 }));
    }

    [Fact]
    public void Write_MasksOfAnotherRunMeanwhile_GoWithThoseOfThisOne()
    {
        using var files = Begin();
        files.Write(Named("a.png"), Input("a.png"), ResultSamples.Masks);

        files.Write(Named("a.png"), Input("a.png"), new MaskSet(ResultSamples.Masks.ImageSize, [ResultSamples.Masks[0]]));

        Assert.Equal(["a.mask-0001.png"], Directory.GetFiles(_folder["out"], "a.mask-*").Select(Path.GetFileName));
    }

    [Fact]
    public void Write_Anything_IsDoneAfterwards()
    {
        using (var files = Begin())
        {
            Assert.False(files.IsDone(Named("a.png")));
            files.Write(Named("a.png"), Input("a.png"), ResultSamples.Masks);
            files.Write(Named("b.png"), Input("b.png"), ResultSamples.Masks);
            Assert.Equal(
                ["masks.parquet", "annotations.cvat.xml", "data.yaml", "annotations.coco.json", "index.html"],
                files.Complete().Select(Path.GetFileName));
        }

        var before = File.ReadAllBytes(_folder["out/annotations.coco.json"]);
        using (var files = Begin())
        {
            Assert.True(files.IsDone(Named("a.png")));
            Assert.True(files.IsDone(Named("b.png")));
            files.Complete();
        }

        Assert.Equal(before, File.ReadAllBytes(_folder["out/annotations.coco.json"]));
        using var page = new StringReader(File.ReadAllText(_folder["out/index.html"]));
        Assert.Contains("2 images", page.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_FormatThatIsOneClass_IsPlannedWrittenProtectedAndResumed()
    {
        ResultFormat[] formats = [new AreasFormat()];
        using (var files = Begin(formats))
        {
            Assert.Equal(["a.areas.txt"], files.Write(Named("a.png"), Input("a.png"), ResultSamples.Masks).Select(Path.GetFileName));
            Assert.Empty(files.Complete());
        }

        using (var files = Begin(formats))
        {
            Assert.True(files.IsDone(Named("a.png")));
            Assert.False(files.IsDone(Named("b.png")));
            files.Write(Named("a.png"), Input("a.png"), ResultSamples.Masks);
            File.WriteAllText(_folder["out/b.areas.txt"], "somebody's");
            Assert.Contains(
                "b.areas.txt was not written by maskgen",
                Assert.Throws<IOException>(() => files.Write(Named("b.png"), Input("b.png"), ResultSamples.Masks)).Message,
                StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentException>(() => Begin(formats));
    }

    [Fact]
    public void Write_ImagesOfATree_MirrorsItAndLinksAcross()
    {
        Directory.CreateDirectory(_folder["x y/#1"]);
        File.Copy(_folder["a.png"], _folder["x y/#1/a.png"]);
        InputFile[] images = [Named("a.png"), new(_folder["x y/#1/a.png"], "x y/#1/a.png"), new(_folder["x y/b.png"], "x y/b.png")];
        using (var files = Begin(images: images))
        {
            Assert.False(files.IsDone(images[1]));
            Assert.False(Directory.Exists(_folder["out/x y"]));
            files.Write(images[0], Input("a.png"), ResultSamples.Masks);
            Assert.Equal(
                [
                    "a.masks.json", "a.html", "a.labels.png", .. PerMask("mask"), "../../images/x y/#1/a.png", "../../labels/x y/#1/a.txt",
                    "a.json", "a.labelstudio.json", "a.geojson", .. PerMask("cutout"), "a.cutouts.json", "a.svg",
                ],
                files.Write(images[1], Input("x y/#1/a.png"), ResultSamples.Masks)
                    .Select(path => Path.GetRelativePath(_folder["out/x y/#1"], path)));
            files.AddFailure(images[2], $"{images[2].Path}: damaged");
            files.Complete();
        }

        var list = File.ReadAllText(_folder["out/index.html"]);
        Assert.Contains("href=\"x%20y/%231/a.html\"", list, StringComparison.Ordinal);
        Assert.Contains("<b>x y/b.png</b> <span>x y/b.png: damaged</span>", list, StringComparison.Ordinal);
        Assert.Contains(
            "<a class=\"back\" href=\"../../index.html\"", File.ReadAllText(_folder["out/x y/#1/a.html"]), StringComparison.Ordinal);
        Assert.Contains("<a class=\"back\" href=\"index.html\"", File.ReadAllText(_folder["out/a.html"]), StringComparison.Ordinal);
        var dataset = CocoDataset.Load(_folder["out/annotations.coco.json"]);
        Assert.Equal(["a.png", "x y/#1/a.png"], dataset.Images.Select(image => image.FileName));
        Assert.Equal("x y/#1/a.png", MasksJson.Load(_folder["out/x y/#1/a.masks.json"]).ImageName);

        using (var files = Begin(images: images))
        {
            Assert.True(files.IsDone(images[0]));
            Assert.True(files.IsDone(images[1]));
        }

        static IEnumerable<string> PerMask(string what) =>
            Enumerable.Range(1, ResultSamples.Masks.Count).Select(number => $"a.{what}-{number:D4}.png");
    }

    [Fact]
    public void Dispose_FolderOfATreeThatGotNothing_IsRemoved()
    {
        InputFile[] images = [new(_folder["a.png"], "x/y/a.png"), new(_folder["b.png"], "z/b.png")];
        using (var files = Begin(images: images))
        {
            files.Write(images[1], Input("b.png"), ResultSamples.Masks);
            File.WriteAllText(_folder["out/x"], "somebody's");
            Assert.ThrowsAny<IOException>(() => files.Write(images[0], Input("a.png"), ResultSamples.Masks));
            Assert.False(files.IsLost);
            File.Delete(_folder["out/x"]);
            Directory.CreateDirectory(_folder["out/x/y/a.masks.json"]);
            Assert.ThrowsAny<IOException>(() => files.Write(images[0], Input("a.png"), ResultSamples.Masks));
            Directory.Delete(_folder["out/x"], recursive: true);
            files.Complete();
        }

        Assert.Equal(
            ["images/z", "labels/z", "z"],
            Directory.GetDirectories(_folder["out"], "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(_folder["out"], path))
                .Where(path => !Directory.Exists(_folder[$"out/{path}/z"]))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Formats_AllOfThem_HaveNamesThatTheCommandLineTakes()
    {
        Assert.All(ResultFormats.All, format => Assert.Matches("^[a-z]+$", format.Name));
        Assert.All(ResultFormats.All, format => Assert.Same(format, ResultFormats.Find(format.Name.ToUpperInvariant())));
        Assert.Equal(["json", "overlay"], ResultFormats.All.Where(format => format.IsDefault).Select(format => format.Name));
        Assert.Null(ResultFormats.Find("1"));
    }

    private ResultFiles Begin(IReadOnlyList<ResultFormat>? formats = null, IReadOnlyList<InputFile>? images = null)
    {
        var files = new ResultFiles(_folder["out"], formats ?? Formats, new MaskOverlayOptions(), ResultOrigin.Everything);
        files.Begin(images ?? _images, Sam2Model.Nano, () => ResultSamples.Settings);
        return files;
    }

    private InputFile Named(string name) => InputFile.Alone(_folder[name]);

    private InputImage Input(string name) => InputImage.Load(_folder[name]);

    /// <summary>All that a new format takes, but for its line in <see cref="ResultFormats"/>.</summary>
    private sealed class AreasFormat : ResultFormat
    {
        private static readonly ResultKind Kind = new("areas") { Inspect = Inspect };
        private static readonly ImageFile Areas = new(Kind, ".areas.txt");

        public override string Name => "areas";

        public override string Description => "the area of each mask, <image>.areas.txt";

        public override ImageFile FileOfImage => Areas;

        public override ResultWriter Begin(ResultRun run) => new AreasWriter(run);

        private static ResultFileState Inspect(Stream stream, bool isThorough)
        {
            using var reader = new StreamReader(stream, leaveOpen: true);
            return ResultStamp.TryParse(reader.ReadLine()!) is { } stamp ? ResultFileState.Ours(stamp) : ResultFileState.Foreign;
        }

        private sealed class AreasWriter(ResultRun run) : ResultWriter
        {
            public override IReadOnlyList<string> Write(ResultImage image)
            {
                var path = run.Claim(Areas, image.Path);
                File.WriteAllLines(path, image.Masks.Select(mask => $"{mask.Area}").Prepend(ResultStamp.Of(Kind, image.Origin).ToJson()));
                return [path];
            }

            public override bool IsDone(string path, ResultOrigin origin, ref MaskSet? masks) =>
                ResultStamp.TryParse(File.ReadLines(run.Names.PathOf(path, Areas.Ending)).First())!.IsSameWork(
                    ResultStamp.Of(Kind, origin));
        }
    }
}
