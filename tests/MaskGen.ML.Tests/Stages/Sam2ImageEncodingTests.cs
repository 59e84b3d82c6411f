using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

public class Sam2ImageEncodingTests
{
    private static readonly string[] Added =
        ["Embedding", "Embedding.HighResolutionFeatures0", "Embedding.HighResolutionFeatures1", "Embedding.ImageSize"];
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Stage_OnImages_KeepsTheContract() =>
        StageContract.Verify(_ml, Encode("Image"), nameof(StageData.Images), Added, Sam2ImagePreprocessingTests.WrongImages(_ml)[..1]);

    [Fact]
    public void Stage_OnPreprocessedImages_KeepsTheContract() =>
        StageContract.Verify(_ml, Encode("Pixels"), nameof(StageData.Preprocessed), Added);

    [Fact]
    public void Transform_ImagesPreparedForAnotherModel_NamesBothSizes()
    {
        var images = StageData.Images(_ml);
        var forNano = _ml.Transforms.PreprocessSam2Images("Pixels", "Image").Fit(images).Transform(images);
        using var encoder = Encode("Pixels").Fit(forNano);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => encoder.Transform(forNano));
        Assert.Contains(
            "Column 'Pixels': expected Vector<Single, 3, 128, 128>, found Vector<Single, 3, 512, 512>", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_PixelsWithoutTheirImageSize_AreRefused()
    {
        var data = StageData.Preprocessed(_ml);
        var without = _ml.Transforms.DropColumns("Pixels.ImageSize").Fit(data).Transform(data);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Encode("Pixels").Fit(without));
        Assert.Contains("'Pixels.ImageSize': expected Vector<Int32, 2>", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_PreprocessedOrNot_GivesTheSameEmbedding()
    {
        var data = StageData.Preprocessed(_ml);
        using var fromPixels = Encode("Pixels").Fit(data);
        using var fromImages = Encode("Image").Fit(data);
        Assert.Equal(ColumnDigest.Of(fromImages.Transform(data), Added), ColumnDigest.Of(fromPixels.Transform(data), Added));
        Assert.Equal(1, fromPixels.SessionCount);
    }

    private Sam2ImageEncodingEstimator Encode(string input) =>
        _ml.Transforms.EncodeSam2Images("Embedding", input, new() { Model = StageData.Micro });
}
