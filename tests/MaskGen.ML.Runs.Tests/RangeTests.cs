using MaskGen.ML.Tests.Imaging;
using Microsoft.ML;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Pictures of 16 bits, which are black but for the range of values that a run is told.</summary>
public sealed class RangeTests : IDisposable
{
    private const string Masks = "select image, mask, predicted_iou, stability_score, coco_rle, error";
    private static readonly ImageSize Size = new(96, 64);
    private readonly TestRun _run = new();

    public RangeTests() => _run.WithFile("deep.png", DeepPicture());

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_RunCreatedWithARange_GivesTheMasksOfThePictureStretchedSo()
    {
        await CreateAndWorkAsync(_run.Images, "stretched", "--range", "0,2047");
        await CreateAndWorkAsync(_run.Images, "full");

        // The same stretch beforehand: a picture of 8 bits.
        var stretched = RgbImage.Load(DeepPicture(), new ImageLoadOptions { Range = ImageRange.Between(0, 2047) });
        var rows = stretched.Pixels.ToArray().Chunk(3 * Size.Width).SelectMany(row => row.Prepend((byte)0));
        Directory.CreateDirectory(_run["before"]);
        File.WriteAllBytes(_run["before/deep.png"], ImageBytes.Png(Size.Width, Size.Height, bitDepth: 8, colorType: 2, [.. rows]));
        await CreateAndWorkAsync(_run["before"], "expected");

        Assert.NotEmpty(TestRun.Query($"{Masks} from '{_run["expected"]}/masks/*.parquet' where mask is not null and error is null"));
        AssertSame("stretched", "expected");
        Assert.NotEmpty(Difference("full", "stretched"));
    }

    [Fact]
    public async Task Work_PipelineWithTheOptionRange_GivesTheMasksOfThePictureStretchedSo()
    {
        await CreateAndWorkAsync(_run.Images, "by-command", "--range", "0,2047");
        var ml = new MLContext();
        var options = new AutomaticMaskGenerationOptions
        {
            Model = Sam2Model.FromNameOrPath(Fixture.Path("micro")),
            PointsPerSide = 6,
            PredictedIouThreshold = 0.2f,
            StabilityScoreThreshold = 0.1f,
            BoxNmsThreshold = 1,
            Range = ImageRange.Between(0, 2047),
        };
        using var model = ml.Transforms.GenerateMasks("Masks", "Image", options).Fit(ml.Data.LoadFromEnumerable<ImageFile>([]));
        using var run = await MaskRun.CreateAsync(
            ml, model, [_run.Images], MaskRunStore.Open(_run["by-pipeline"]), null, TestContext.Current.CancellationToken);
        await WorkAsync("by-pipeline");

        AssertSame("by-pipeline", "by-command");
    }

    // Grey squares on a slope, all of values below 2048.
    private static byte[] DeepPicture()
    {
        var rows = new List<byte>();
        for (var y = 0; y < Size.Height; y++)
        {
            rows.Add(0);
            for (var x = 0; x < Size.Width; x++)
            {
                var value = x / 24 % 2 == y / 16 % 2 ? 200 + (4 * x) : 1500 + (8 * y);
                rows.AddRange([(byte)(value >> 8), (byte)value]);
            }
        }

        return ImageBytes.Png(Size.Width, Size.Height, bitDepth: 16, colorType: 0, [.. rows]);
    }

    private async Task CreateAndWorkAsync(string images, string run, params string[] options)
    {
        var (exitCode, _, error) = await TestRun.CommandAsync(
            ["create", images, "--run", _run[run], .. TestRun.QuickWith(TestRun.Many), .. options]);
        Assert.True(exitCode == 0, error);
        await WorkAsync(run);
    }

    private async Task WorkAsync(string run) =>
        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run[run], "--part", "0/1"])).ExitCode);

    private void AssertSame(string run, string other)
    {
        Assert.Empty(Difference(run, other));
        Assert.Empty(Difference(other, run));
    }

    private List<object?[]> Difference(string run, string other) => TestRun.Query(
        $"({Masks} from '{_run[run]}/masks/*.parquet') except ({Masks} from '{_run[other]}/masks/*.parquet')");

    private sealed class ImageFile
    {
        public byte[] Image { get; set; } = [];
    }
}
