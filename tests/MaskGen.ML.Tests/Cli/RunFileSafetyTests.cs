using MaskGen.ML.Results;
using MaskGen.ML.Tests.Results;

namespace MaskGen.ML.Tests.Cli;

/// <summary>A file about all images of a run is never replaced by one that lacks some of them.</summary>
public sealed class RunFileSafetyTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public RunFileSafetyTests()
    {
        foreach (var name in new[] { "a", "b & \"c\"", "写真 ü" })
        {
            Directory.CreateDirectory(_folder[name]);
            MasksJson.Save(_folder[$"{name}/{name}.masks.json"], $"{name}.png", "nano", ResultSamples.Masks);
        }
    }

    /// <summary>Formats whose file about all images has masks that are in no other.</summary>
    public static TheoryData<string> Names =>
        [.. ResultFormats.All.Where(format => RunFile(format)?.ImagesIn is not null).Select(format => format.Name)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Formats_ThatNeedEveryMask_SayWhichImagesAFileHas() =>
        Assert.All(ResultFormats.All.Where(format => format.NeedsEveryMask), format => Assert.NotNull(RunFile(format)!.ImagesIn));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Convert_OtherImagesIntoTheSameFolder_AreRefusedAndNothingIsLost(string format)
    {
        Assert.Equal(0, (await Convert(format, "a", "b & \"c\"")).ExitCode);
        var file = RunFile(ResultFormats.Find(format)!)!;
        var path = _folder["out/" + file.Name];
        var before = File.ReadAllBytes(path);
        Assert.Equal(["a.png", "b & \"c\".png"], file.ImagesIn!(path));

        foreach (var others in new string[][] { ["写真 ü"], ["a"], ["写真 ü", "a"] })
        {
            var run = await Convert(format + ",json", others);

            Assert.Equal(2, run.ExitCode);
            Assert.Contains($"{path} has masks of ", run.Error, StringComparison.Ordinal);
            Assert.Contains("they would be lost. Run all images together, choose another --out", run.Error, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(path));
            Assert.False(File.Exists(_folder["out/写真 ü.masks.json"]));
        }

        // The same and more images lose none.
        Assert.Equal(0, (await Convert(format, "b & \"c\"", "a")).ExitCode);
        Assert.Equal(0, (await Convert(format, "a", "b & \"c\"", "写真 ü")).ExitCode);
        Assert.Equal(3, file.ImagesIn!(path).Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Convert_AFileThatIsCutOff_IsReplaced(string format)
    {
        Assert.Equal(0, (await Convert(format, "a")).ExitCode);
        var path = _folder["out/" + RunFile(ResultFormats.Find(format)!)!.Name];
        File.WriteAllBytes(path, new byte[100]);

        Assert.Equal(0, (await Convert(format, "写真 ü")).ExitCode);
    }

    [Fact]
    public async Task Yolo_OtherImagesIntoTheSameFolder_AreBothInTheDataSet()
    {
        Assert.Equal(0, (await Convert("yolo", "a")).ExitCode);
        Assert.Equal(0, (await Convert("yolo", "写真 ü")).ExitCode);

        Assert.Equal(2, Directory.GetFiles(_folder["out/labels"], "*.txt").Length);
        Assert.Contains("train: \"images\"", File.ReadAllLines(_folder["out/data.yaml"]));
    }

    [Fact]
    public void CocoImageNames_LongStringsAndOtherMembers_AreReadInPieces()
    {
        var runs = new string('1', 200_000);
        var path = _folder.Write("x.json", System.Text.Encoding.UTF8.GetBytes(
            $$"""{"info":{"images":[{"file_name":"no"}]},"annotations":[{"counts":"{{runs}}","file_name":"no"}],"images":["""
                + $$"""{"file_name":"a\u00fc"},{"x":{"file_name":"no"},"file_name":"{{runs}}"}],"other":[{"file_name":"no"}]}"""));

        Assert.Equal(["aü", runs], CocoImageNames.Read(path));
    }

    private static ResultFormat.RunFile? RunFile(ResultFormat format) =>
        format.FileOfRun(new ResultNames("out", ResultOrigin.Convert), imageCount: 2);

    private Task<CommandRun> Convert(string format, params string[] inputs) => CommandRun.RunAsync(
        ["convert", .. inputs.Select(name => _folder[name]), "--format", format, "--out", _folder["out"]]);
}
