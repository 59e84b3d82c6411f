using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Stages;

/// <summary>What ML.NET keeps of masks, plain columns, says all that is needed to use them.</summary>
public sealed class PlainColumnTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SaveAsBinary_Masks_ComeBackFromTheFileAlone()
    {
        var view = StageData.Masks(_ml);
        var expected = _ml.Data.CreateEnumerable<MasksRow>(view, reuseRowObject: false).ToList();
        Save(view);
        var rows = _ml.Data.CreateEnumerable<PlainRow>(_ml.Data.LoadFromBinary(_folder["masks.idv"]), reuseRowObject: false).ToList();
        Assert.Equal(expected.Count, rows.Count);
        foreach (var (masks, row) in expected.Select(row => row.Masks).Zip(rows))
        {
            var size = new ImageSize(row.ImageSize[0], row.ImageSize[1]);
            Assert.Equal(masks.ImageSize, size);
            Assert.Equal(
                masks.Select(mask => mask.Segmentation.Counts.ToArray()),
                row.CocoRle.Select(text => CocoRle.Decode(size, text).Counts.ToArray()));
        }
    }

    [Fact]
    public void SaveAsBinary_ExpandedMasks_ComeBackFromTheFileAlone()
    {
        var data = StageData.Masks(_ml);
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks").Fit(data).Transform(data);
        var expected = _ml.Data.CreateEnumerable<MaskRow>(view, reuseRowObject: false).ToList();
        Save(view);
        var rows = _ml.Data.CreateEnumerable<PlainMaskRow>(_ml.Data.LoadFromBinary(_folder["masks.idv"]), reuseRowObject: false).ToList();
        Assert.NotEmpty(rows);
        Assert.Equal(
            expected.Select(row => row.Mask[0].Segmentation.Counts.ToArray()),
            rows.Select(row => CocoRle.Decode(new ImageSize(row.ImageSize[0], row.ImageSize[1]), row.CocoRle).Counts.ToArray()));
    }

    [Fact]
    public void DecodeSam2Prompts_ImageSize_CostsNoMask()
    {
        var steps = new List<string>();
        _ml.Log += (_, message) => steps.Add(message.Source);
        var data = StageData.PlainPrompts(_ml);
        using var decoder = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions).Fit(data);
        Assert.Equal(
            ColumnDigest.Of(data, ["Embedding.ImageSize"]), ColumnDigest.Of(decoder.Transform(data), ["Masks.ImageSize"]));
        Assert.DoesNotContain(steps, step => step.EndsWith("; Upsample", StringComparison.Ordinal));
    }

    [Fact]
    public void Concatenate_FeaturesOfAMask_NamesEverySlot()
    {
        var data = StageData.Masks(_ml);
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks", "Image")
            .Append(_ml.Transforms.Concatenate(
                "Features", "Mask.Area", "Mask.RelativeArea", "Mask.BoundingBox", "Mask.MeanColor"))
            .Append(_ml.Transforms.Concatenate("Sizes", "Mask.ImageSize"))
            .Fit(data)
            .Transform(data);
        Assert.Equal(
            [
                "Mask.Area", "Mask.RelativeArea", "Mask.BoundingBox.X", "Mask.BoundingBox.Y", "Mask.BoundingBox.Width",
                "Mask.BoundingBox.Height", "Mask.MeanColor.R", "Mask.MeanColor.G", "Mask.MeanColor.B",
            ],
            Slots(view, "Features"));
        Assert.Equal(["Width", "Height"], Slots(view, "Sizes").Select(slot => slot.Split('.')[^1]));
    }

    [Fact]
    public void SaveAsText_FeaturesOfAMask_HaveAHeaderForEachColumn()
    {
        var data = StageData.Masks(_ml);
        var expanded = _ml.Transforms.ExpandMasks("Mask", "Masks", "Image").Fit(data).Transform(data);
        var view = _ml.Transforms.SelectColumns("Path", "Mask.Index", "Mask.BoundingBox", "Mask.MeanColor", "Mask.ImageSize")
            .Fit(expanded)
            .Transform(expanded);
        using (var file = File.Create(_folder["masks.tsv"]))
        {
            _ml.Data.SaveAsText(view, file, schema: false);
        }

        Assert.Equal(
            ["Path", "Mask.Index", "X", "Y", "Width", "Height", "R", "G", "B", "Width", "Height"],
            File.ReadLines(_folder["masks.tsv"]).First().Split('\t'));
    }

    [Theory]
    [InlineData(nameof(StageData.Preprocessed), "Pixels.ImageSize")]
    [InlineData(nameof(StageData.PlainPrompts), "Embedding.ImageSize")]
    [InlineData(nameof(StageData.Masks), "Masks.ImageSize")]
    public void Schema_EverySizeOfAnImage_IsWidthAndHeight(string data, string column)
    {
        var view = StageData.Create(_ml, data);
        Assert.Equal(["Width", "Height"], Slots(view, column));
        var size = RgbImage.Load(Fixture.Path(StageData.Paths[0])).Size;
        Assert.NotEqual(size.Width, size.Height);
        VBuffer<int> values = default;
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        Assert.True(cursor.MoveNext());
        cursor.GetGetter<VBuffer<int>>(view.Schema[column])(ref values);
        Assert.Equal([size.Width, size.Height], values.DenseValues());
    }

    [Fact]
    public void Estimators_EveryColumnThatIsAdded_StandsInTheTableAndInTheDocs()
    {
        var images = StageData.Images(_ml);
        var prompts = StageData.PlainPrompts(_ml);
        var masks = StageData.Masks(_ml);
        Check(
            _ml.Transforms.PreprocessSam2Images("X", "Image", new() { Model = StageData.Micro, FailedRows = FailedRowBehavior.Mark }),
            images,
            ColumnNames.Preprocessed);
        Check(
            _ml.Transforms.EncodeSam2Images("X", "Image", new() { Model = StageData.Micro, FailedRows = FailedRowBehavior.Mark }),
            images,
            ColumnNames.Encoded);
        Check(
            _ml.Transforms.DecodeSam2Prompts("X", "Embedding", StageData.PlainPromptOptions with { FailedRows = FailedRowBehavior.Mark }),
            prompts,
            ColumnNames.Decoded);
        Check(
            _ml.Transforms.GenerateMasks("X", "Image", StageData.GenerationOptions with { FailedRows = FailedRowBehavior.Mark }),
            images,
            ColumnNames.Masks);
        Check(
            _ml.Transforms.ExpandMasks(
                "X", "Masks", new() { ImageColumn = "Image", CutOut = CutOutBackground.Keep, FailedRows = FailedRowBehavior.Mark }),
            masks,
            ColumnNames.ExpandedWithImage);
        var plain = _ml.Transforms.ExpandMasks("X", "Masks").Fit(masks).Transform(masks);
        Assert.Equal(
            ColumnNames.Expanded.Select(name => $"X.{name}"), plain.Schema.Skip(masks.Schema.Count + 1).Select(column => column.Name));
    }

    private static void Check<TTransformer>(IEstimator<TTransformer> estimator, IDataView data, IReadOnlyList<string> companions)
        where TTransformer : ITransformer
    {
        var schema = estimator.Fit(data).GetOutputSchema(data.Schema);
        string[] all = [.. companions, ColumnNames.Error];
        Assert.Equal(["X", .. all.Select(name => $"X.{name}")], schema.Skip(data.Schema.Count).Select(column => column.Name));

        // What a user reads beside the method.
        var docs = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "MaskGen.ML.xml"));
        var start = docs.IndexOf($"name=\"T:{estimator.GetType().FullName}\"", StringComparison.Ordinal);
        var remarks = docs[start..docs.IndexOf("</member>", start, StringComparison.Ordinal)];
        Assert.All(all, name => Assert.Contains($"<c>{{name}}.{name}</c>", remarks, StringComparison.Ordinal));
    }

    private static List<string> Slots(IDataView view, string column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema[column].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private void Save(IDataView view)
    {
        using var file = File.Create(_folder["masks.idv"]);
        _ml.Data.SaveAsBinary(view, file);
    }

    private sealed class MasksRow
    {
        [MaskSetType]
        public MaskSet Masks { get; set; } = MaskSet.Empty;
    }

    private sealed class PlainRow
    {
        [ColumnName("Masks.CocoRle")]
        public string[] CocoRle { get; set; } = [];

        [ColumnName("Masks.ImageSize")]
        public int[] ImageSize { get; set; } = [];
    }

    private sealed class MaskRow
    {
        [MaskSetType]
        public MaskSet Mask { get; set; } = MaskSet.Empty;
    }

    private sealed class PlainMaskRow
    {
        [ColumnName("Mask.CocoRle")]
        public string CocoRle { get; set; } = string.Empty;

        [ColumnName("Mask.ImageSize")]
        public int[] ImageSize { get; set; } = [];
    }
}
