using System.Diagnostics;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Results;
using MaskGen.ML.Tests.Results;

namespace MaskGen.ML.Tests.Cli;

public sealed class ResultPlanTests : IDisposable
{
    private const string All = "json,overlay,html,png,coco";

    private readonly TestFolder _folder = new();

    public ResultPlanTests() => Directory.CreateDirectory(_folder["in"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Check_ImagesOfDifferentNames_Passes()
    {
        string[] names = ["a.png", "a.b.png", "a.prompt.png", "a.mask-0001.png", "annotations.coco.png"];
        string[] images = [.. names.Select(Image), _folder["in/none.png"]];

        Check(All, images, "out");
        Check(All, images, "in", expected: ["a.mask-0001.png is an input, and a result of"]);
        Check("json,overlay,html,coco", images, "in");
    }

    [Theory]
    [InlineData("a.jpg")]
    [InlineData("other/a.png")]
    [InlineData("other/a.b/../a.webp")]
    public void Check_TwoImagesOfOneStem_NamesBoth(string second)
    {
        Directory.CreateDirectory(_folder["in/other/a.b"]);

        Check(
            "json",
            [Image("a.png"), Image(second)],
            "out",
            expected: [_folder["in/a.png"], Path.GetFileName(second), "a.masks.json"]);
    }

    [Theory]
    [InlineData("a.overlay.png")]
    [InlineData("a.labels.png")]
    [InlineData("a.mask-0001.png")]
    [InlineData("a.mask-0005.png")]
    [InlineData("a.mask-12345.png")]
    public void Check_ResultThatWouldReplaceOrDeleteAnInput_NamesBoth(string input)
    {
        var format = input == "a.overlay.png" ? "overlay" : "png";
        Image(input);

        Check(format, [Image("a.png"), _folder["in/" + input]], "in", expected: ["a.png", input, "is an input"]);
        Check(format, [_folder["in/" + input], Image("a.png")], "in", expected: ["a.png", input, "is an input"]);

        // Not an input, and not a result either.
        Check(format, [_folder["in/a.png"]], "in", expected: [input, "was not written by maskgen"]);
        Check(format == "overlay" ? "png" : "overlay", [_folder["in/a.png"]], "in");
    }

    [Theory]
    [InlineData("a.overlay.png")]
    [InlineData("a.mask-0005.png")]
    public void Check_InputThatDoesNotExistYet_IsNotMadeByTheRun(string input) =>
        Check("overlay,png", [Image("a.png"), _folder["in/" + input]], "in", expected: [input, "is an input"]);

    [Fact]
    public void Check_OutThroughALink_SeesTheSameFolder()
    {
        Directory.CreateSymbolicLink(_folder["link"], _folder["in"]);
        Directory.CreateDirectory(_folder["deep"]);
        Directory.CreateSymbolicLink(_folder["deep/link"], "../link");

        foreach (var folder in new[] { "link", "deep/link", "deep/../link/", "in/." })
        {
            Check("overlay", [Image("a.png"), Image("a.overlay.png")], folder, expected: ["a.overlay.png is an input"]);
        }
    }

    [Fact]
    public void Check_LinksBetweenInputsAndResults_CountAsTheFile()
    {
        Directory.CreateDirectory(_folder["out"]);
        var own = ResultSamples.Bytes(ResultKind.Overlay, ResultSamples.Origin with { ImageName = "a.png" });

        // An input that is a link to a result of an earlier run, which would be replaced under it.
        _folder.Write("out/a.overlay.png", own);
        File.CreateSymbolicLink(_folder["in/x.png"], _folder["out/a.overlay.png"]);
        Check("overlay", [Image("a.png")], "out");
        Check("overlay", [_folder["in/a.png"], _folder["in/x.png"]], "out", expected: ["x.png is an input"]);

        // A result that is a link to an input.
        File.Delete(_folder["out/a.overlay.png"]);
        File.CreateSymbolicLink(_folder["out/a.overlay.png"], _folder["in/a.png"]);
        Check("overlay", [_folder["in/a.png"]], "out", expected: ["a.png is an input"]);
    }

    [Fact]
    public void Check_HardLinkToAnInput_CountsAsTheFile()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Made by a program of Unix.");
        Directory.CreateDirectory(_folder["out"]);
        _folder.Write("in/x.png", ResultSamples.Bytes(ResultKind.Overlay, ResultSamples.Origin with { ImageName = "a.png" }));
        using var process = Process.Start("ln", [_folder["in/x.png"], _folder["out/a.overlay.png"]]);
        process.WaitForExit();

        Check("overlay", [Image("a.png"), _folder["in/x.png"]], "out", expected: ["x.png is an input"]);
    }

    [Fact]
    public void Check_FileThatIsReadBesideTheImages_CountsAsAnInput()
    {
        Directory.CreateDirectory(_folder["out"]);
        var mask = _folder.Write("out/a.prompt.mask-0001.png", Own(ResultKind.Mask, ResultOrigin.Prompt));

        Check("png", [Image("a.png")], "out", ResultOrigin.Prompt);
        Check(
            "png",
            [_folder["in/a.png"]],
            "out",
            ResultOrigin.Prompt,
            [mask],
            expected: ["a.prompt.mask-0001.png is an input"]);
    }

    [Fact]
    public void Check_OwnResultsOfTheSameCommandAndImage_MayBeReplaced()
    {
        Directory.CreateDirectory(_folder["in"]);
        _folder.Write("in/a.masks.json", Own(ResultKind.Records));
        _folder.Write("in/a.overlay.png", Own(ResultKind.Overlay));
        _folder.Write("in/a.html", Own(ResultKind.Page));
        _folder.Write("in/a.labels.png", Own(ResultKind.Labels));
        _folder.Write("in/a.mask-0001.png", Own(ResultKind.Mask));
        _folder.Write("in/a.mask-0030.png", Own(ResultKind.Mask));
        _folder.Write("in/b.mask-0030.png", "somebody's"u8.ToArray());
        _folder.Write("in/annotations.coco.json", Own(ResultKind.Dataset));
        _folder.Write("in/index.html", Own(ResultKind.PageList));

        var masks = Check(All, [Image("a.png"), Image("c.png")], "in");

        // Numbers with gaps, all of which go where a run finds fewer.
        Assert.Equal([1, 30], masks["a.mask-"].Order());
        Assert.Empty(masks["c.mask-"]);
    }

    [Theory]
    [InlineData("a.masks.json")]
    [InlineData("a.overlay.png")]
    [InlineData("a.html")]
    [InlineData("a.labels.png")]
    [InlineData("a.mask-0001.png")]
    [InlineData("a.mask-0777.png")]
    [InlineData("annotations.coco.json")]
    [InlineData("index.html")]
    public void Check_SomebodysFileAtAResultsPlace_IsNamedWithTheWayOut(string name)
    {
        _folder.Write("out/" + name, "somebody's work"u8.ToArray());

        Check(All, [Image("a.png"), Image("b.png")], "out", expected: [name, "was not written by maskgen", "choose another --out"]);

        Assert.Equal("somebody's work", File.ReadAllText(_folder["out/" + name]));
    }

    [Fact]
    public void Check_FolderOrDanglingLinkAtAResultsPlace_IsNamed()
    {
        Directory.CreateDirectory(_folder["out/annotations.coco.json"]);
        File.CreateSymbolicLink(_folder["out/a.masks.json"], _folder["none.json"]);
        File.CreateSymbolicLink(_folder["out/b.masks.json"], _folder["out/b.masks.json"]);

        Check("coco", [Image("a.png")], "out", expected: ["annotations.coco.json is a folder"]);
        Check("json", [Image("b.png")], "out", expected: ["b.masks.json is a link to"]);
        Check("json", [Image("a.png")], "out", expected: ["a.masks.json is a link to", "where there is no file"]);
    }

    [Fact]
    public void Check_ResultsOfTheOtherCommandOrAnotherImage_AreKept()
    {
        // a.png was prompted; then there is an image that is called a.prompt.png.
        _folder.Write("out/a.prompt.masks.json", Own(ResultKind.Records, ResultOrigin.Prompt));
        Check(
            "json",
            [Image("a.prompt.png")],
            "out",
            expected: ["a.prompt.masks.json", "is a result of 'maskgen prompt' for a.png"]);
        Check("json", [Image("a.png")], "out", ResultOrigin.Prompt);

        _folder.Write("out/b.overlay.png", Own(ResultKind.Overlay));
        Check(
            "overlay", [Image("b.png")], "out", expected: ["b.overlay.png", "is a result of 'maskgen everything' for a.png"]);

        // Written by a program that uses the library, for reasons of its own.
        MaskOverlay.Save(_folder["out/c.overlay.png"], ResultSamples.Image, ResultSamples.Masks);
        Check(
            "overlay", [Image("c.png")], "out", expected: ["c.overlay.png", "was written by a program that uses MaskGen.ML"]);
    }

    [Fact]
    public void Check_DamagedOwnResults_MayBeReplaced()
    {
        var (json, png) = (Own(ResultKind.Records), Own(ResultKind.Overlay));
        foreach (var part in new[] { 0, 1, 10, 40, 400 })
        {
            _folder.Write("out/a.masks.json", json[..part]);
            _folder.Write("out/a.overlay.png", png[..part]);
            Check("json,overlay", [Image("a.png")], "out");
        }
    }

    [Theory]
    [InlineData("index.png", "index.html")]
    [InlineData(".png", "expected a name before the extension")]
    public void Check_NameThatResultsCannotHave_IsNamed(string name, string expected) =>
        Check("html", [Image(name), Image("b.png")], "out", expected: [name, expected]);

    [Fact]
    public void Check_NamesAsLongAsTheFileSystemTakes_PassAndLongerOnesAreRefusedBefore()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Counts as Linux does.");
        const string Ending = ".overlay.png";

        Check("overlay", [Image(new string('n', 255 - Ending.Length) + ".a")], "out");
        Check("overlay", [Image(new string('n', 256 - Ending.Length) + ".a")], "out", expected: ["1 too long"]);

        // Two bytes each.
        Check("overlay", [Image(new string('é', 121) + ".a")], "out");
        Check("overlay", [Image(new string('é', 122) + ".a")], "out", expected: ["1 too long"]);
    }

    [Fact]
    public void Check_ManyConflicts_TellsSomeAndCountsTheRest()
    {
        var images = Enumerable.Range(0, 8).SelectMany(i => new[] { Image($"{i}.png"), Image($"{i}.jpg") }).ToList();

        Check("json", images, "out", expected: ["0.png", "2.jpg", "And 5 more of the kind."]);
    }

    [Fact]
    public void Check_FolderThatIgnoresCase_SeesNamesThatAreOne()
    {
        using var output = new CaselessFolder(_folder["in"]);
        output.Open();
        var names = new ResultNames(_folder["in"], ResultOrigin.Everything);

        string Conflict(string formats, params string[] images) =>
            Assert.Throws<ArgumentException>(
                () => ResultPlan.Check(names, Formats(formats), output, [.. images.Select(InputFile.Alone)], [])).Message;

        Assert.Contains("Cat.jpg and ", Conflict("json", Image("Cat.jpg"), Image("cat.png")), StringComparison.Ordinal);
        Assert.Contains(
            "Index.jpg: its result would have the name",
            Conflict("html", Image("Index.jpg"), Image("b.png")),
            StringComparison.Ordinal);
        Assert.Contains(
            "A.OVERLAY.PNG is an input",
            Conflict("overlay", Image("a.png"), Image("A.OVERLAY.PNG")),
            StringComparison.Ordinal);
        Assert.Contains(
            "A.mask-0005.png is an input",
            Conflict("png", Image("a.png"), Image("A.mask-0005.png")),
            StringComparison.Ordinal);

        // A result of Cat.png is that of cat.png there.
        _folder.Write("in/z.overlay.png", ResultSamples.Bytes(ResultKind.Overlay, ResultSamples.Origin with { ImageName = "Z.png" }));
        ResultPlan.Check(names, Formats("overlay"), output, [InputFile.Alone(Image("z.jpg"))], []);
    }

    [Fact]
    public void Check_EqualNamesInFoldersOfATree_Pass()
    {
        CheckTree(All, ["a.png", "x/a.png", "x/y/a.png", "y/a.png", "x/annotations.coco.png", "x/index.png"]);
        CheckTree("json", ["x/a.png", "x/a.jpg"], ["in/x/a.png and ", "in/x/a.jpg", "x/a.masks.json"]);
    }

    [Fact]
    public void Check_TwoTreesWithOneName_SaysHowToTellThemApart()
    {
        InputFile[] images = [new(_folder["one/a.png"], "x/a.png"), new(_folder["two/a.png"], "x/a.png")];
        using var output = new OutputFolder(_folder["out"]);
        output.Open();

        var error = Assert.Throws<ArgumentException>(
            () => ResultPlan.Check(new ResultNames(_folder["out"], ResultOrigin.Everything), Formats("json"), output, images, []));

        Assert.Contains("or give the folder above both with --recursive", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_FileWhereAFolderOfResultsGoes_IsNamed()
    {
        _folder.Write("out/x", "somebody's"u8.ToArray());
        _folder.Write("out/y/z", "somebody's"u8.ToArray());

        CheckTree("json", ["x/a.png"], ["out/x is no folder", "in/x/a.png"]);
        CheckTree("json", ["x/y/a.png"], ["out/x is no folder"]);
        CheckTree("json", ["y/z/a.png"], ["out/y/z is no folder"]);
        CheckTree("json", ["y/a.png"]);

        // A result of one image, and the folder of another's.
        CheckTree("html", ["a.png", "a.html/b.png"], ["in/a.png: its result would have the name of a folder of results"]);
        CheckTree("html", ["a.png", "a.html/b/b.png"], ["in/a.png: its result would have the name of a folder of results"]);
        CheckTree("json", ["a.png", "a.html/b.png"]);
    }

    [Fact]
    public void Check_FilesInFoldersOfResults_AreLookedAt()
    {
        var theirs = ResultSamples.Bytes(ResultKind.Mask, ResultSamples.Origin with { ImageName = "x/a.png" });
        _folder.Write("out/x/a.mask-0007.png", theirs);
        _folder.Write("out/y/a.masks.json", "somebody's"u8.ToArray());

        Assert.Equal([7], CheckTree("png", ["x/a.png", "a.png"])["x/a.mask-"]);
        Assert.Empty(CheckTree("png", ["a.png"])["a.mask-"]);
        CheckTree("json", ["a.png", "y/a.png"], ["out/y/a.masks.json was not written by maskgen"]);
        CheckTree("json", ["a.png", "x/a.png"]);

        // Of the same image, from another top.
        _folder.Write("out/x/a.overlay.png", ResultSamples.Bytes(ResultKind.Overlay, ResultSamples.Origin with { ImageName = "a.png" }));
        CheckTree("overlay", ["x/a.png"]);
        CheckTree("overlay", ["x/A.png"]);
        _folder.Write("out/x/b.overlay.png", ResultSamples.Bytes(ResultKind.Overlay, ResultSamples.Origin with { ImageName = "x/a.png" }));
        CheckTree("overlay", ["x/b.png"], ["is a result of 'maskgen everything' for x/a.png"]);
    }

    // As with --out in the tree itself.
    [Fact]
    public void Check_ResultsBesideInputsOfATree_SeeThem()
    {
        Directory.CreateDirectory(_folder["in/x"]);
        Directory.CreateSymbolicLink(_folder["out"], _folder["in"]);

        CheckTree("overlay", ["x/a.png", "x/a.overlay.png"], ["in/x/a.overlay.png is an input"]);
        CheckTree("png", ["x/a.png", "x/a.mask-0004.png"], ["in/x/a.mask-0004.png is an input"]);
        CheckTree("overlay", ["x/a.png", "a.overlay.png"]);
    }

    private ILookup<string, int> CheckTree(string formats, string[] names, string[]? expected = null)
    {
        using var output = new OutputFolder(_folder["out"]);
        output.Open();
        InputFile[] images = [.. names.Select(name => new InputFile(_folder["in/" + name], name))];
        var resultNames = new ResultNames(_folder["out"], ResultOrigin.Everything);
        if (expected is null)
        {
            return ResultPlan.Check(resultNames, Formats(formats), output, images, []);
        }

        var error = Assert.Throws<ArgumentException>(() => ResultPlan.Check(resultNames, Formats(formats), output, images, []));
        Assert.All(expected, text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
        return Enumerable.Empty<int>().ToLookup(_ => string.Empty);
    }

    private static ResultFormat[] Formats(string names) => [.. names.Split(',').Select(name => ResultFormats.Find(name)!)];

    private string Image(string name)
    {
        File.WriteAllText(_folder["in/" + name], "an image");
        return _folder["in/" + name];
    }

    private static byte[] Own(ResultKind kind, string mode = ResultOrigin.Everything) =>
        ResultSamples.Bytes(kind, ResultSamples.Origin with { ImageName = "a.png", Mode = mode });

    private ILookup<string, int> Check(
        string formats,
        IReadOnlyList<string> images,
        string folder,
        string mode = ResultOrigin.Everything,
        string[]? otherInputs = null,
        string[]? expected = null)
    {
        using var output = new OutputFolder(_folder[folder]);
        output.Open();
        var names = new ResultNames(_folder[folder], mode);
        InputFile[] files = [.. images.Select(InputFile.Alone)];
        if (expected is null)
        {
            return ResultPlan.Check(names, Formats(formats), output, files, otherInputs ?? []);
        }

        var error = Assert.Throws<ArgumentException>(() => ResultPlan.Check(names, Formats(formats), output, files, otherInputs ?? []));
        Assert.All(expected, text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
        return Enumerable.Empty<int>().ToLookup(_ => string.Empty);
    }

    /// <summary>Behaves as a folder of Windows or macOS, as far as a plan asks.</summary>
    private sealed class CaselessFolder : OutputFolder
    {
        public CaselessFolder(string path)
            : base(path)
        {
        }

        public override bool TakesOtherSpellings => true;

        public override (string First, string Second)? FindSameNames(IEnumerable<string> names)
        {
            var same = names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
            return same is null ? null : (same.First(), same.Last());
        }
    }
}
