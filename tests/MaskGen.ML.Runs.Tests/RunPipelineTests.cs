using Microsoft.ML;

namespace MaskGen.ML.Runs.Tests;

/// <summary>What counts as the failure of an image, and what as one of the process.</summary>
public sealed class RunPipelineTests : IDisposable
{
    private static readonly byte[] Picture = File.ReadAllBytes(Fixture.Path("images/scene.png"));
    private readonly MLContext _ml = new();
    private readonly RunPipeline _pipeline;
    private bool _isBroken;

    public RunPipelineTests()
    {
        var model = _ml.Transforms
            .CustomMapping<ImageFile, Copy>(
                (image, copy) => copy.Photo = _isBroken ? throw new IOException("no device") : image.Image, null)
            .Append(_ml.Transforms.GenerateMasks("Masks", "Photo", Options(FailedRowBehavior.Throw)))
            .Fit(_ml.Data.LoadFromEnumerable([new ImageFile { Image = Picture }]));
        _pipeline = new RunPipeline(_ml, model, new PipelineUse { ImageColumn = "Image", MaskColumn = "Masks" }, ownsModel: true);
    }

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public void Compute_ImagesThatCannotBeRead_AreFailuresOfTheirOwn()
    {
        Assert.Null(Error(Picture));
        Assert.All(Enumerable.Range(0, 10), i => Assert.NotNull(Error([1, 2, (byte)i])));

        _pipeline.ThrowIfBroken();
        Assert.Null(Error(Picture));
    }

    [Fact]
    public void Compute_NothingWorksAnyMore_Throws()
    {
        Assert.Null(Error(Picture));
        _isBroken = true;
        Assert.Contains("no device", Error(Picture), StringComparison.Ordinal);
        Assert.Contains("no device", Error(Picture), StringComparison.Ordinal);

        var error = Assert.Throws<IOException>(() => Error(Picture));

        Assert.Contains("scene, which was computed before, fails now", error.Message, StringComparison.Ordinal);
        Assert.Contains("no device", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ThrowIfBroken_AfterTheLastImage_ThrowsAfterOneFailure()
    {
        Assert.Null(Error(Picture));
        _pipeline.ThrowIfBroken();
        _isBroken = true;
        Assert.NotNull(Error(Picture));

        Assert.Throws<IOException>(_pipeline.ThrowIfBroken);
    }

    [Fact]
    public void Compute_NothingEverWorked_IsLeftToTheImages()
    {
        _isBroken = true;

        Assert.All(Enumerable.Range(0, 5), _ => Assert.NotNull(Error(Picture)));
        _pipeline.ThrowIfBroken();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Compute_FailedRowWithoutItsReason_IsAFailure(bool keepsPlainColumnsOnly)
    {
        string[] kept = keepsPlainColumnsOnly
            ? ["Masks.CocoRle", "Masks.ImageSize", "Masks.PredictedIou", "Masks.StabilityScore"]
            : ["Masks"];
        var model = _ml.Transforms.GenerateMasks("Masks", "Image", Options(FailedRowBehavior.Mark))
            .Append(_ml.Transforms.SelectColumns(kept))
            .Fit(_ml.Data.LoadFromEnumerable<ImageFile>([]));
        using var pipeline = new RunPipeline(
            _ml, model, new PipelineUse { ImageColumn = "Image", MaskColumn = "Masks" }, ownsModel: true);

        pipeline.Compute("scene", Picture, out var none);
        pipeline.Compute("broken", [1, 2, 3], out var error);

        Assert.Null(none);
        Assert.Contains("neither masks nor the size", error, StringComparison.Ordinal);
    }

    private string? Error(byte[] bytes)
    {
        _pipeline.Compute("scene", bytes, out var error);
        return error;
    }

    private static AutomaticMaskGenerationOptions Options(FailedRowBehavior failedRows) => new()
    {
        Model = Sam2Model.FromNameOrPath(Fixture.Path("micro")),
        PointsPerSide = 2,
        FailedRows = failedRows,
    };

    private sealed class ImageFile
    {
        public byte[] Image { get; set; } = [];
    }

    private sealed class Copy
    {
        public byte[] Photo { get; set; } = [];
    }
}
