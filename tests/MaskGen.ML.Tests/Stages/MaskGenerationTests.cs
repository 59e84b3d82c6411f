using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Tests.Stages;

public class MaskGenerationTests
{
    private static readonly string[] Added =
        ["Masks", "Masks.PredictedIou", "Masks.StabilityScore", "Masks.Area", "Masks.BoundingBox", "Masks.CocoRle", "Masks.ImageSize"];

    private static readonly AutomaticMaskGenerationOptions Options = StageData.GenerationOptions;

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Stage_KeepsTheContract() =>
        StageContract.Verify(
            _ml,
            _ml.Transforms.GenerateMasks("Masks", "Image", Options),
            nameof(StageData.Images),
            Added,
            [.. Sam2ImagePreprocessingTests.WrongImages(_ml).Where(wrong => !wrong.Found.StartsWith("Vector", StringComparison.Ordinal))]);

    [Fact]
    public void Transform_Images_GivesTheGeneratorsMasksInEveryColumn()
    {
        var data = StageData.Images(_ml);
        using var transformer = _ml.Transforms.GenerateMasks("Masks", "Image", Options).Fit(data);
        var rows = _ml.Data.CreateEnumerable<Row>(transformer.Transform(data), reuseRowObject: false).ToList();

        using var generator = new AutomaticMaskGenerator(Options);
        using var image = MLImage.CreateFromFile(Fixture.Path(StageData.Paths[0]));
        var expected = generator.Generate(RgbImage.FromMLImage(image), cancellationToken: TestContext.Current.CancellationToken);
        Assert.NotEmpty(expected);
        Assert.Equal(Texts(expected), Texts(rows[0].Masks));
        Assert.All(rows, AssertColumnsAgree);
        Assert.Same(MaskSet.Empty, rows[1].Masks);
        Assert.Equal(1, transformer.SessionCount);
    }

    [Fact]
    public void Transform_Progress_IsTold()
    {
        var progress = new ProgressCounter();
        var data = StageData.Images(_ml);
        using var transformer = _ml.Transforms.GenerateMasks("Masks", "Image", Options, progress).Fit(data);

        _ = _ml.Data.CreateEnumerable<Row>(transformer.Transform(data), reuseRowObject: false).First();

        Assert.True(progress.Count > 0);
    }

    [Fact]
    public void Predict_Image_GivesWhatTheCursorGives()
    {
        var data = StageData.Images(_ml);
        var transformer = _ml.Transforms.GenerateMasks("Masks", "Image", Options).Fit(data);
        var expected = _ml.Data.CreateEnumerable<Row>(transformer.Transform(data), reuseRowObject: false).ToList();
        using var engine = _ml.Model.CreatePredictionEngine<ImageRow, Row>(transformer);
        foreach (var (path, row) in StageData.Paths.Zip(expected))
        {
            using var image = path.Length == 0 ? null : MLImage.CreateFromFile(Fixture.Path(path));
            var predicted = engine.Predict(new ImageRow { Image = image });
            Assert.Equal(Texts(row.Masks), Texts(predicted.Masks));
            AssertColumnsAgree(predicted);

            // The caller's image is still the caller's.
            Assert.NotEqual(0, image?.Width ?? 1);
        }
    }

    [Fact]
    public void Transform_ImagesInMemory_LeavesThemToTheirOwner()
    {
        using var image = MLImage.CreateFromFile(Fixture.Path(StageData.Paths[0]));
        var data = _ml.Data.LoadFromEnumerable([new ImageRow { Image = image }, new ImageRow(), new ImageRow { Image = image }]);
        using var transformer = _ml.Transforms.GenerateMasks("Masks", "Image", Options).Fit(data);
        var first = ColumnDigest.Of(transformer.Transform(data), Added);
        Assert.Equal(first, ColumnDigest.Of(transformer.Transform(data), Added));
        Assert.Equal(first[0], first[2]);
        Assert.True(image.Width > 0);
    }

    [Fact]
    public void Transform_GeneratorFails_NamesRowAndImage()
    {
        var data = StageData.Images(_ml);
        var progress = new ProgressCounter(() => throw new InvalidDataException("it broke"));
        using var transformer = _ml.Transforms.GenerateMasks("Masks", "Image", Options, progress).Fit(data);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(transformer.Transform(data), Added));
        Assert.StartsWith("Row 0 (", error.Message, StringComparison.Ordinal);
        Assert.Contains("scene.png): it broke", error.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidDataException>(error.InnerException);
    }

    [Fact]
    public void GenerateMasks_OptionOutOfRange_IsRefusedAtOnce()
    {
        var options = Options with { PredictedIouThreshold = 1.5f };
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.GenerateMasks("Masks", "Image", options));
        Assert.Throws<ArgumentException>(() => _ml.Transforms.GenerateMasks(" "));
        Assert.Throws<ArgumentException>(() => _ml.Transforms.GenerateMasks("Masks", ""));
        Assert.Throws<ArgumentNullException>(() => _ml.Transforms.GenerateMasks("Masks", "Image", null!));
    }

    private static IEnumerable<string> Texts(MaskSet masks) =>
        masks.Select(mask => $"{CocoRle.Encode(mask.Segmentation)} {mask.PredictedIou:R} {mask.StabilityScore:R}");

    private static void AssertColumnsAgree(Row row)
    {
        Assert.Equal(row.Masks.Select(mask => mask.PredictedIou), row.PredictedIou);
        Assert.Equal(row.Masks.Select(mask => mask.StabilityScore), row.StabilityScore);
        Assert.Equal(row.Masks.Select(mask => (float)mask.Area), row.Area);
        Assert.Equal(
            row.Masks.SelectMany(
                mask =>
                    (float[])[mask.BoundingBox.X, mask.BoundingBox.Y, mask.BoundingBox.Width, mask.BoundingBox.Height]), row.BoundingBox);
        Assert.Equal(row.Masks.Select(mask => CocoRle.Encode(mask.Segmentation)), row.CocoRle);
        Assert.Equal([row.Masks.ImageSize.Width, row.Masks.ImageSize.Height], row.ImageSize);
    }

    private sealed class ImageRow
    {
        // ML.NET wants some size here; nothing holds the images to it.
        [ImageType(100, 100)]
        public MLImage? Image { get; set; }
    }

    private sealed class Row
    {
        [MaskSetType]
        public MaskSet Masks { get; set; } = MaskSet.Empty;

        [ColumnName("Masks.PredictedIou")]
        public float[] PredictedIou { get; set; } = [];

        [ColumnName("Masks.StabilityScore")]
        public float[] StabilityScore { get; set; } = [];

        [ColumnName("Masks.Area")]
        public float[] Area { get; set; } = [];

        [ColumnName("Masks.BoundingBox")]
        public float[] BoundingBox { get; set; } = [];

        [ColumnName("Masks.CocoRle")]
        public string[] CocoRle { get; set; } = [];

        [ColumnName("Masks.ImageSize")]
        public int[] ImageSize { get; set; } = [];
    }

    private sealed class ProgressCounter(Action? onReport = null) : IProgress<MaskGenerationProgress>
    {
        public int Count { get; private set; }

        public void Report(MaskGenerationProgress value)
        {
            Count++;
            onReport?.Invoke();
        }
    }
}
