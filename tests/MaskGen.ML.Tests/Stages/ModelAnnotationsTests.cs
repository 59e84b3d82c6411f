using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Tests.Stages;

/// <summary>An embedding says by which model it was made, and no other decodes it.</summary>
public sealed class ModelAnnotationsTests : IDisposable
{
    private static readonly string[] Masks = ["Masks"];
    private static readonly string[] EmbeddingColumns =
        ["Embedding", "Embedding.HighResolutionFeatures0", "Embedding.HighResolutionFeatures1", "Embedding.ImageSize"];

    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();
    private readonly Sam2Model _other;

    public ModelAnnotationsTests()
    {
        _other = Sam2Model.FromFile(OtherModel.Write(_folder, "other"));
    }

    /// <summary>What may lie between encoding and decoding.</summary>
    private Dictionary<string, Func<IDataView, IDataView>> Between => new()
    {
        ["nothing"] = view => view,
        ["Cache"] = view => _ml.Data.Cache(view),
        ["ShuffleRows"] = view => _ml.Data.ShuffleRows(view, seed: 3),
        ["TakeRows"] = view => _ml.Data.TakeRows(view, 3),
        ["SaveAsBinary"] = SaveAndLoad,
        ["SaveAsBinary twice"] = view => SaveAndLoad(SaveAndLoad(view)),
        ["CopyColumns"] = view => Renamed(Renamed(view, "Embedding", "Other"), "Other", "Embedding"),
        ["FilterByCustomPredicate"] = view => _ml.Data.FilterByCustomPredicate<StageData.PathRow>(view, row => row.Path.Length == 0),
    };

    public static TheoryData<string> BetweenNames =>
        ["nothing", "Cache", "ShuffleRows", "TakeRows", "SaveAsBinary", "SaveAsBinary twice", "CopyColumns", "FilterByCustomPredicate"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(BetweenNames))]
    public void GetRowCursor_EmbeddingByAnotherModel_IsRefusedWithBothNames(string between)
    {
        var embeddings = Between[between](Encoded(_other));
        using var decoder = Decoder(StageData.Micro).Fit(embeddings);
        var view = decoder.Transform(embeddings);
        var error = Assert.Throws<InvalidOperationException>(() => view.GetRowCursor(view.Schema));
        Assert.Contains("'Embedding'", error.Message, StringComparison.Ordinal);
        Assert.Contains($"micro (fingerprint {StageModel.Of(StageData.Micro).Fingerprint})", error.Message, StringComparison.Ordinal);
        Assert.Contains($"found one by other (fingerprint {StageModel.Of(_other).Fingerprint})", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, error.Message, StringComparison.Ordinal);

        // Columns of others need no model.
        using var cursor = view.GetRowCursor([view.Schema["Points"]]);
        Assert.True(cursor.MoveNext());
    }

    [Theory]
    [MemberData(nameof(BetweenNames))]
    public void GetRowCursor_EmbeddingByTheModel_IsDecoded(string between)
    {
        using var direct = Decoder(_other).Fit(Encoded(_other));
        var embeddings = Between[between](Encoded(_other));
        using var decoder = Decoder(_other).Fit(embeddings);
        var expected = ColumnDigest.Of(direct.Transform(Encoded(_other)), Masks);
        Assert.Subset(expected.ToHashSet(), ColumnDigest.Of(decoder.Transform(embeddings), Masks).ToHashSet());
    }

    [Fact]
    public void GetRowCursor_StagesOutOfSavedModels_CompareTheWholeModels()
    {
        var images = StageData.PlainPrompts(_ml, encoded: false);
        var encoders = new Dictionary<string, ITransformer>();
        var decoders = new Dictionary<string, ITransformer>();
        foreach (var (name, model) in new Dictionary<string, Sam2Model> { ["micro"] = StageData.Micro, ["other"] = _other })
        {
            using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = model }).Fit(images);
            var view = encoder.Transform(images);
            using var decoder = Decoder(model).Fit(view);
            encoders[name] = Reloaded(encoder, images.Schema);
            decoders[name] = Reloaded(decoder, view.Schema);
        }

        foreach (var encoder in encoders)
        {
            foreach (var decoder in decoders)
            {
                var view = decoder.Value.Transform(encoder.Value.Transform(images));
                if (encoder.Key == decoder.Key)
                {
                    Assert.Equal(StageData.Paths.Length, ColumnDigest.Of(view, Masks).Count);
                }
                else
                {
                    var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(view, Masks));
                    Assert.Contains($"found one by {encoder.Key} ", error.Message, StringComparison.Ordinal);
                    Assert.Contains($"'Masks', {decoder.Key} ", error.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void CreatePredictionEngine_StagesOfTwoModels_IsRefused()
    {
        var images = StageData.PlainPrompts(_ml, encoded: false);
        using var chain = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = _other })
            .Append(Decoder(StageData.Micro))
            .Fit(images);
        var error = Assert.ThrowsAny<Exception>(() => _ml.Model.CreatePredictionEngine<PromptedImage, Prediction>(chain));
        Assert.Contains(
            "found one by other", Assert.IsType<InvalidOperationException>(error.GetBaseException()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Embedding.HighResolutionFeatures0")]
    [InlineData("Embedding.HighResolutionFeatures1")]
    public void GetRowCursor_CompanionByAnotherModel_IsRefused(string companion)
    {
        var micro = Encoded(StageData.Micro);
        using var encoder = _ml.Transforms.EncodeSam2Images("Foreign", "Image", new() { Model = _other }).Fit(micro);
        var both = encoder.Transform(micro);
        var mixed = _ml.Transforms.CopyColumns(companion, companion.Replace("Embedding", "Foreign", StringComparison.Ordinal))
            .Fit(both).Transform(both);
        using var decoder = Decoder(StageData.Micro).Fit(mixed);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(decoder.Transform(mixed), Masks));
        Assert.Contains($"'{companion}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetRowCursor_EmbeddingWithoutAnnotations_IsComparedByShape()
    {
        // Through arrays in a C# type, which carry nothing but their values.
        var rows = _ml.Data.CreateEnumerable<EmbeddingRow>(Encoded(_other), reuseRowObject: false).ToList();
        var embeddings = _ml.Data.LoadFromEnumerable(rows);
        using var decoder = Decoder(StageData.Micro).Fit(embeddings);
        Assert.Equal(StageData.Paths.Length, ColumnDigest.Of(decoder.Transform(embeddings), Masks).Count);
    }

    [Fact]
    public void Annotations_OfAnEmbedding_CostNothingUntilTheyAreRead()
    {
        var openings = 0;
        var model = new Sam2Model("counted", RecommendedThresholds.Official, () =>
        {
            openings++;
            return StageData.Micro.Open();
        });
        var view = Encoded(model);
        Assert.Equal(1, openings); // for the sizes of the columns
        foreach (var column in EmbeddingColumns[..3])
        {
            ReadOnlyMemory<char> fingerprint = default;
            view.Schema[column].Annotations.GetValue(ModelAnnotations.Fingerprint, ref fingerprint);
            Assert.Equal(StageModel.Of(StageData.Micro).Fingerprint, fingerprint.ToString());
        }

        Assert.Equal(2, openings);
        Assert.Equal(["SlotNames"], view.Schema["Embedding.ImageSize"].Annotations.Schema.Select(annotation => annotation.Name));
    }

    private Sam2PromptDecodingEstimator Decoder(Sam2Model model) =>
        _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions with { Model = model });

    private IDataView Encoded(Sam2Model model)
    {
        var images = StageData.PlainPrompts(_ml, encoded: false);
        return _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = model }).Fit(images).Transform(images);
    }

    private IDataView SaveAndLoad(IDataView view)
    {
        var path = _folder[$"{Guid.NewGuid()}.idv"];
        using (var file = File.Create(path))
        {
            _ml.Data.SaveAsBinary(view, file);
        }

        return _ml.Data.LoadFromBinary(path);
    }

    private IDataView Renamed(IDataView view, string from, string to)
    {
        foreach (var name in EmbeddingColumns)
        {
            var source = name.Replace("Embedding", from, StringComparison.Ordinal);
            view = _ml.Transforms.CopyColumns(name.Replace("Embedding", to, StringComparison.Ordinal), source).Fit(view).Transform(view);
            view = _ml.Transforms.DropColumns(source).Fit(view).Transform(view);
        }

        return view;
    }

    private ITransformer Reloaded(ITransformer transformer, DataViewSchema schema)
    {
        var path = _folder[$"{Guid.NewGuid()}.zip"];
        _ml.Model.Save(transformer, schema, path);
        return _ml.Model.Load(path, out _);
    }

    private sealed class PromptedImage : StageData.PlainPromptRow
    {
        [ImageType(100, 100)]
        public MLImage? Image { get; set; }
    }

    private sealed class Prediction
    {
        [ColumnName("Masks.PredictedIou")]
        public float[] PredictedIou { get; set; } = [];
    }

    private sealed class EmbeddingRow : StageData.PlainPromptRow
    {
        [VectorType(32, 8, 8)]
        public float[] Embedding { get; set; } = [];

        [ColumnName("Embedding.HighResolutionFeatures0")]
        [VectorType(4, 32, 32)]
        public float[] HighResolutionFeatures0 { get; set; } = [];

        [ColumnName("Embedding.HighResolutionFeatures1")]
        [VectorType(8, 16, 16)]
        public float[] HighResolutionFeatures1 { get; set; } = [];

        [ColumnName("Embedding.ImageSize")]
        [VectorType(2)]
        public int[] ImageSize { get; set; } = [];
    }
}
