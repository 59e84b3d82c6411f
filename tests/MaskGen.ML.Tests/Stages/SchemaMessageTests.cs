using MaskGen.ML.DataView;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Tests.Stages;

/// <summary>What is said of each column that a stage needs, where it is missing or of another type.</summary>
public class SchemaMessageTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData("Nothing",
        "found no column of that name; there are 'Path', 'Bytes', 'Numbers', 'Ids', 'Masks'. ML.NET's LoadImages makes images")]
    [InlineData("Ids", "found VarVector<Int32>. ML.NET's LoadImages makes images from paths, LoadRawImageBytes the bytes of their files")]
    [InlineData("Path", "found String. ML.NET's LoadImages makes images from paths, LoadRawImageBytes the bytes of their files")]
    public void Fit_WrongImage_SaysWhereOneComesFrom(string column, string message)
    {
        message = $"Column '{column}': expected Image or Vector<Byte> (an encoded file), {message}";
        AssertRefusal(_ml.Transforms.PreprocessSam2Images("Out", column), Plain(), message);
        AssertRefusal(_ml.Transforms.GenerateMasks("Out", column), Plain(), message);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ExpandMasks("Mask", "Masks", column).Fit(Plain()));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Image")]
    [InlineData("Bytes")]
    public void Fit_EitherFormOfAnImage_IsTaken(string column)
    {
        var data = _ml.Data.LoadFromEnumerable([new ImageRow()]);
        Assert.NotNull(_ml.Transforms.PreprocessSam2Images("Out", column).GetOutputSchema(SchemaShapes.Of(data.Schema)));
        Assert.NotNull(_ml.Transforms.EncodeSam2Images("Out", column).GetOutputSchema(SchemaShapes.Of(data.Schema)));
        Assert.NotNull(_ml.Transforms.GenerateMasks("Out", column).GetOutputSchema(SchemaShapes.Of(data.Schema)));
        Assert.NotNull(_ml.Transforms.ExpandMasks("Out", "Masks", column).GetOutputSchema(SchemaShapes.Of(data.Schema)));
    }

    [Theory]
    [InlineData("Path", "expected Image or Vector<Byte> (an encoded file), found String.", "PreprocessSam2Images writes are accepted")]
    [InlineData("Ids", "expected Image or Vector<Byte> (an encoded file), found VarVector<Int32>.", "PreprocessSam2Images writes")]
    [InlineData("Numbers", "expected Vector<Int32, 2>, found no column of that name", "PreprocessSam2Images writes it beside 'Numbers'")]
    public void Fit_WrongInputOfTheEncoder_NamesBothForms(string column, string problem, string advice)
    {
        var message = AssertRefusal(_ml.Transforms.EncodeSam2Images("Out", column), Plain(), $"Column '{column}");
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Embedding", "EncodeSam2Images writes it, with its companions, for one and the same model.")]
    [InlineData("Embedding.HighResolutionFeatures0", "EncodeSam2Images writes it beside 'Embedding'")]
    [InlineData("Embedding.HighResolutionFeatures1", "EncodeSam2Images writes it beside 'Embedding'")]
    [InlineData("Embedding.ImageSize", "EncodeSam2Images writes it beside 'Embedding'")]
    public void Fit_PartOfTheEmbeddingMissing_SaysWhereItComesFrom(string column, string advice)
    {
        var data = StageData.PlainPrompts(_ml);
        var without = _ml.Transforms.DropColumns(column).Fit(data).Transform(data);
        AssertRefusal(
            Decode(StageData.PlainPromptOptions), without, $"Column '{column}': expected Vector<", "found no column of that name", advice);
    }

    [Theory]
    [InlineData(nameof(Sam2PromptDecodingOptions.PointColumn))]
    [InlineData(nameof(Sam2PromptDecodingOptions.BoxColumn))]
    [InlineData(nameof(Sam2PromptDecodingOptions.MaskLogitsColumn))]
    [InlineData(nameof(Sam2PromptDecodingOptions.PointLabelColumn))]
    [InlineData(nameof(Sam2PromptDecodingOptions.PointObjectColumn))]
    public void Fit_PlainPromptsOfAnotherType_SaysWhatTheyAreFor(string role)
    {
        var options = new Sam2PromptDecodingOptions { Model = StageData.Micro, PointColumn = "Points" };
        typeof(Sam2PromptDecodingOptions).GetProperty(role)!.SetValue(options, "Path");
        AssertRefusal(
            Decode(options), StageData.PlainPrompts(_ml), "Column 'Path': expected Vector<", "found String",
            $"the {role} of Sam2PromptDecodingOptions");
    }

    [Fact]
    public void Fit_PlainColumnInPlaceOfRichPrompts_SaysThatPlainOnesAreTaken() =>
        AssertRefusal(
            Decode(new() { Model = StageData.Micro, PromptColumn = "Points" }),
            StageData.PlainPrompts(_ml),
            "Column 'Points': expected Sam2PromptSet, found VarVector<Single>",
            "name their columns in Sam2PromptDecodingOptions");

    [Theory]
    [InlineData("Cache")]
    [InlineData("ShuffleRows")]
    public void Fit_MasksDroppedByMlNet_SaysSo(string by)
    {
        var masks = StageData.Masks(_ml);
        var view = by == "Cache" ? _ml.Data.Cache(masks) : _ml.Data.ShuffleRows(masks);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Transforms.ExpandMasks("Mask", "Masks").Fit(view));
        Assert.Contains("Column 'Masks': expected MaskSet, found no column of that name", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "Cache, ShuffleRows and SaveAsBinary keep plain columns only and have dropped 'Masks'", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("'Masks.CocoRle'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_ImagesDroppedByMlNet_SaysThatItMayBe() =>
        AssertRefusal(
            _ml.Transforms.GenerateMasks("Masks", "Image"),
            _ml.Data.Cache(StageData.Images(_ml)),
            "Column 'Image': expected Image or Vector<Byte> (an encoded file), found no column of that name; there are 'Path'.",
            "If a stage before makes it: ML.NET's Cache, ShuffleRows and SaveAsBinary keep plain columns only");

    [Fact]
    public void Fit_MissingVector_IsNotBlamedOnMlNet() =>
        Assert.DoesNotContain(
            "ShuffleRows",
            AssertRefusal(Decode(StageData.PlainPromptOptions), StageData.Images(_ml), "Column 'Embedding'"),
            StringComparison.Ordinal);

    private static string AssertRefusal<TTransformer>(RowMappingEstimator<TTransformer> estimator, IDataView data, params string[] parts)
        where TTransformer : RowMappingTransformer
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => estimator.Fit(data));
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        return error.Message;
    }

    private Sam2PromptDecodingEstimator Decode(Sam2PromptDecodingOptions options) =>
        _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", options);

    private IDataView Plain() => _ml.Data.LoadFromEnumerable([new PlainRow()]);

    private sealed class PlainRow
    {
        public string Path { get; set; } = string.Empty;

        public byte[] Bytes { get; set; } = [];

        public float[] Numbers { get; set; } = [];

        public int[] Ids { get; set; } = [];

        [MaskSetType]
        public MaskSet? Masks { get; set; }
    }

    private sealed class ImageRow
    {
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }

        public byte[] Bytes { get; set; } = [];

        [MaskSetType]
        public MaskSet? Masks { get; set; }
    }
}
