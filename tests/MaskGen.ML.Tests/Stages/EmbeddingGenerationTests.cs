using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Masks of everything from embeddings: those of the images, without encoding again.</summary>
public sealed class EmbeddingGenerationTests : IDisposable
{
    private static readonly string[] Added =
        ["Masks", "Masks.PredictedIou", "Masks.StabilityScore", "Masks.Area", "Masks.BoundingBox", "Masks.CocoRle", "Masks.ImageSize"];

    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stage_KeepsTheContract() => StageContract.Verify(
        _ml, _ml.Transforms.GenerateMasks("Masks", "Embedding", StageData.GenerationOptions), nameof(StageData.Encoded), Added);

    [Fact]
    public void Transform_EmbeddingOrImage_GivesTheSameMasksWithEveryOption()
    {
        var data = StageData.Encoded(_ml);
        AutomaticMaskGenerationOptions[] several =
        [
            StageData.GenerationOptions,
            StageData.GenerationOptions with { UseM2m = true },
            StageData.GenerationOptions with { Output = MaskOutput.Single, MaskThreshold = 0.25f },
            StageData.GenerationOptions with { PointGrids = null, PointsPerSide = 5, PointsPerBatch = 3, MaximumMasks = 4 },
            StageData.GenerationOptions with { MinMaskRegionArea = 9, BoxNmsThreshold = 0.3f },
        ];
        foreach (var options in several)
        {
            using var fromImages = _ml.Transforms.GenerateMasks("Masks", "Image", options).Fit(data);
            using var fromEmbeddings = _ml.Transforms.GenerateMasks("Masks", "Embedding", options).Fit(data);
            var expected = ColumnDigest.Of(fromImages.Transform(data), Added);
            Assert.Equal(expected, ColumnDigest.Of(fromEmbeddings.Transform(data), Added));
            Assert.Contains(expected, digest => digest.Contains('[', StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Transform_CachedOrSavedEmbedding_IsNeverEncodedAgain()
    {
        var images = StageData.Images(_ml);
        using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = StageData.Micro }).Fit(images);
        var cached = _ml.Data.Cache(encoder.Transform(images));
        using (var file = File.Create(_folder["embeddings.idv"]))
        {
            _ml.Data.SaveAsBinary(cached, file);
        }

        var stored = _ml.Data.LoadFromBinary(_folder["embeddings.idv"]);
        var before = encoder.ComputedRows;
        var masks = new HashSet<string>();
        foreach (var threshold in (float[])[0, 0.25f, 0.5f, 0.75f])
        {
            var options = StageData.GenerationOptions with { StabilityScoreThreshold = threshold };
            using var fromImages = _ml.Transforms.GenerateMasks("Masks", "Image", options).Fit(images);
            using var fromEmbeddings = _ml.Transforms.GenerateMasks("Masks", "Embedding", options).Fit(cached);
            var expected = ColumnDigest.Of(fromImages.Transform(images), Added);
            Assert.Equal(expected, ColumnDigest.Of(fromEmbeddings.Transform(cached), Added));
            Assert.Equal(expected, ColumnDigest.Of(fromEmbeddings.Transform(stored), Added));
            masks.UnionWith(expected);
        }

        Assert.Equal(before, encoder.ComputedRows);
        Assert.True(masks.Count > StageData.Paths.Length, "The thresholds make no difference.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Fit_CropLayersOnAnEmbedding_SaysWhyNotAndWhatToDo(int layers)
    {
        var data = StageData.Encoded(_ml);
        var options = StageData.GenerationOptions with { PointGrids = null, PointsPerSide = 2, CropLayers = layers };
        var estimator = _ml.Transforms.GenerateMasks("Masks", "Embedding", options);
        using var onImages = _ml.Transforms.GenerateMasks("Masks", "Image", options).Fit(data);
        Action[] calls = [() => estimator.Fit(data), () => estimator.GetOutputSchema(SchemaShapes.Of(data.Schema))];
        foreach (var call in calls)
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(call);
            Assert.StartsWith(
                $"Column 'Embedding': expected Image or Vector<Byte> (an encoded file), since CropLayers is {layers} and every crop",
                error.Message,
                StringComparison.Ordinal);
            Assert.Contains("set CropLayers to 0", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GetRowCursor_EmbeddingByAnotherModel_IsRefused(bool isStored)
    {
        var other = Sam2Model.FromFile(OtherModel.Write(_folder, "other"));
        var images = StageData.Images(_ml);
        var embeddings = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = other }).Fit(images).Transform(images);
        if (isStored)
        {
            using (var file = File.Create(_folder["embeddings.idv"]))
            {
                _ml.Data.SaveAsBinary(embeddings, file);
            }

            embeddings = _ml.Data.LoadFromBinary(_folder["embeddings.idv"]);
        }

        using var generator = _ml.Transforms.GenerateMasks("Masks", "Embedding", StageData.GenerationOptions).Fit(embeddings);
        var view = generator.Transform(embeddings);
        var error = Assert.Throws<InvalidOperationException>(() => view.GetRowCursor(view.Schema));
        Assert.Contains($"found one by other (fingerprint {StageModel.Of(other).Fingerprint})", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_VectorThatIsNoEmbedding_SaysWhatIsExpected()
    {
        var data = StageData.Preprocessed(_ml);
        var estimator = _ml.Transforms.GenerateMasks("Masks", "Pixels", StageData.GenerationOptions);
        Assert.Contains(
            "Column 'Pixels.HighResolutionFeatures0': expected Vector<Single>, found no column of that name",
            Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(data)).Message,
            StringComparison.Ordinal);
    }
}
