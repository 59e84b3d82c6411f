using MaskGen.ML.DataView;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Stages;

public class MaskExpansionTests
{
    private static readonly string[] Added =
    [
        "Mask", "Mask.Index", "Mask.PredictedIou", "Mask.StabilityScore", "Mask.Area", "Mask.RelativeArea", "Mask.BoundingBox",
        "Mask.CocoRle",
        "Mask.ImageSize", "Mask.MeanColor",
    ];

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void GetOutputSchema_PromisesWhatIsDelivered()
    {
        var data = StageData.Masks(_ml);
        var estimator = _ml.Transforms.ExpandMasks("Mask", "Masks", "Image");
        var transformer = estimator.Fit(data);
        var promised = estimator.GetOutputSchema(SchemaShapes.Of(data.Schema));
        Assert.Equal(Describe(promised), Describe(SchemaShapes.Of(transformer.Transform(data).Schema)));
        Assert.Equal(Describe(promised), Describe(SchemaShapes.Of(transformer.GetOutputSchema(data.Schema))));
        Assert.Equal(Added, transformer.Transform(data).Schema.Skip(data.Schema.Count).Select(column => column.Name));
        Assert.False(transformer.IsRowToRowMapper);
        Assert.Throws<InvalidOperationException>(() => transformer.GetRowToRowMapper(data.Schema));
    }

    [Fact]
    public void Transform_WrongColumn_IsRefused()
    {
        var data = StageData.Images(_ml);
        var estimator = _ml.Transforms.ExpandMasks("Mask", "Masks");
        var transformer = estimator.Fit(StageData.Masks(_ml));
        Action[] calls = [() => estimator.Fit(data), () => transformer.Transform(data), () => transformer.GetOutputSchema(data.Schema)];
        foreach (var call in calls)
        {
            Assert.Contains(
                "'Masks': expected MaskSet, found no column", Assert.Throws<ArgumentOutOfRangeException>(call).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Transform_Masks_GivesOneRowEachWithItsFeatures()
    {
        var data = StageData.Masks(_ml);
        var images = _ml.Data.CreateEnumerable<ImageRow>(data, reuseRowObject: false).ToList();
        var rows = _ml.Data.CreateEnumerable<MaskRow>(
            _ml.Transforms.ExpandMasks("Mask", "Masks", "Image").Fit(data).Transform(data), reuseRowObject: false).ToList();
        var expected = images.SelectMany(image => image.Masks.Select((mask, index) => (image.Path, mask, image.Masks.ImageSize, index)))
            .ToList();
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Count, rows.Count);
        foreach (var ((path, mask, size, index), row) in expected.Zip(rows))
        {
            Assert.Equal(path, row.Path);
            Assert.Equal(index, row.Index);
            Assert.Equal(CocoRle.Encode(mask.Segmentation), CocoRle.Encode(Assert.Single(row.Mask).Segmentation));
            Assert.Equal(mask.Area, row.Area);
            Assert.Equal((float)((double)mask.Area / size.PixelCount), row.RelativeArea);
            Assert.Equal(CocoRle.Encode(mask.Segmentation), row.CocoRle);
            Assert.Equal([size.Width, size.Height], row.ImageSize);
            Assert.Equal([mask.BoundingBox.X, mask.BoundingBox.Y, mask.BoundingBox.Width, mask.BoundingBox.Height], row.BoundingBox);
            Assert.Equal(NaiveMeanColor(RgbImage.Load(Fixture.Path(path)), mask.Segmentation.ToMask()), row.MeanColor);
        }
    }

    [Fact]
    public void Transform_NoColumnOfTheStageRead_CountsTheRowsAllTheSame()
    {
        var data = StageData.Masks(_ml);
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks").Fit(data).Transform(data);
        using var all = view.GetRowCursor(view.Schema);
        using var none = view.GetRowCursor([view.Schema["Path"]]);
        var ids = new HashSet<DataViewRowId>();
        var getId = all.GetIdGetter();
        while (all.MoveNext())
        {
            Assert.True(none.MoveNext());
            Assert.Equal(all.Position, none.Position);
            DataViewRowId id = default;
            getId(ref id);
            Assert.True(ids.Add(id));
        }

        Assert.False(none.MoveNext());
    }

    [Theory]
    [InlineData("Mask.Area", false)]
    [InlineData("Mask.MeanColor", true)]
    [InlineData("Image", true)]
    public void Transform_ImageColumn_IsActiveOnlyWhereItIsRead(string column, bool isActive)
    {
        var source = new AskedView(StageData.Masks(_ml));
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks", "Image").Fit(source).Transform(source);
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        Assert.True(cursor.MoveNext());
        Assert.Contains("Masks", source.Asked);
        Assert.Equal(isActive, source.Asked.Contains("Image"));
        Assert.DoesNotContain("Path", source.Asked);
    }

    [Fact]
    public void Transform_ColumnOfAnotherView_IsRefused()
    {
        var data = StageData.Masks(_ml);
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks").Fit(data).Transform(data);
        var wider = _ml.Transforms.ExpandMasks("Other", "Masks", "Image").Fit(view).Transform(view);
        var error = Assert.Throws<ArgumentException>(() => view.GetRowCursor([wider.Schema["Other.MeanColor"]]));
        Assert.StartsWith("Column 'Other.MeanColor' is not one of this view.", error.Message, StringComparison.Ordinal);

        // An index that the view has, under another name.
        Assert.Throws<ArgumentException>(() => view.GetRowCursor([_ml.Data.LoadFromEnumerable([new ClusteredMask()]).Schema[0]]));
        using var cursor = view.GetRowCursor(view.Schema);
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.IsColumnActive(wider.Schema["Other"]));
        Assert.Throws<ArgumentOutOfRangeException>(() => cursor.GetGetter<MaskSet>(wider.Schema["Other"]));
    }

    [Theory]
    [InlineData("", "Masks", "Image", "outputColumnName")]
    [InlineData("Mask", " ", "Image", "inputColumnName")]
    [InlineData("Mask", "Masks", "", "imageColumnName")]
    public void ExpandMasks_EmptyName_SaysWhich(string output, string input, string image, string parameter) =>
        Assert.Equal(parameter, Assert.Throws<ArgumentException>(() => _ml.Transforms.ExpandMasks(output, input, image)).ParamName);

    [Fact]
    public void Save_LoadsTheSame()
    {
        var data = StageData.Masks(_ml);
        var transformer = _ml.Transforms.ExpandMasks("Mask", "Masks", "Image").Fit(data);
        using var folder = new TestFolder();
        _ml.Model.Save(transformer, data.Schema, folder["model.zip"]);
        Assert.Equal(
            ColumnDigest.Of(transformer.Transform(data), Added), ChildProcess.Digest(folder["model.zip"], nameof(StageData.Masks), Added));
    }

    [Fact]
    public void Fit_ImagesToClustersInOnePipeline_TellsColoursApart()
    {
        var data = _ml.Data.LoadFromEnumerable(
            [new StageData.PathRow { Path = "images/still-life.png" }, new StageData.PathRow { Path = "images/breakfast.png" }]);
        var pipeline = _ml.Transforms.LoadImages("Image", Fixture.Path(string.Empty), "Path")
            .Append(_ml.Transforms.GenerateMasks("Masks", "Image", new AutomaticMaskGenerationOptions { PointsPerSide = 8 }))
            .Append(_ml.Transforms.ExpandMasks("Mask", "Masks", "Image"))
            .Append(_ml.Transforms.Concatenate("Features", "Mask.Area", "Mask.BoundingBox", "Mask.MeanColor"))
            .AppendCacheCheckpoint(_ml)
            .Append(_ml.Transforms.NormalizeMinMax("Features"))
            .Append(_ml.Clustering.Trainers.KMeans("Features", numberOfClusters: 2));
        using var model = pipeline.Fit(data);
        var clusters = _ml.Data.CreateEnumerable<ClusteredMask>(model.Transform(data), reuseRowObject: false)
            .GroupBy(mask => mask.Cluster).ToList();
        Assert.Equal(2, clusters.Count);

        // Saved and loaded, the whole pipeline still says the same.
        using var folder = new TestFolder();
        _ml.Model.Save(model, data.Schema, folder["model.zip"]);
        var loaded = new MLContext().Model.Load(folder["model.zip"], out _);
        var again = _ml.Data.CreateEnumerable<ClusteredMask>(loaded.Transform(data), reuseRowObject: false).GroupBy(mask => mask.Cluster);
        Assert.Equal(clusters.Select(cluster => (cluster.Key, cluster.Count())), again.Select(cluster => (cluster.Key, cluster.Count())));
        ((IDisposable)loaded).Dispose();
    }

    private static IEnumerable<string> Describe(SchemaShape shape) =>
        shape.Select(column => $"{column.Name}: {column.Kind} {column.ItemType}");

    private static float[] NaiveMeanColor(RgbImage image, bool[] mask)
    {
        var sums = new long[3];
        for (var i = 0; i < mask.Length; i++)
        {
            for (var c = 0; mask[i] && c < 3; c++)
            {
                sums[c] += image.Pixels[(3 * i) + c];
            }
        }

        return Array.ConvertAll(sums, sum => (float)sum / Math.Max(mask.Count(set => set), 1));
    }

    /// <summary>Notes which columns a cursor is asked for.</summary>
    private sealed class AskedView(IDataView source) : IDataView
    {
        public List<string> Asked { get; } = [];

        public bool CanShuffle => source.CanShuffle;

        public DataViewSchema Schema => source.Schema;

        public long? GetRowCount() => source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        {
            Asked.AddRange(columnsNeeded.Select(column => column.Name));
            return source.GetRowCursor(columnsNeeded, rand);
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];
    }

    private sealed class ImageRow
    {
        public string Path { get; set; } = string.Empty;

        [MaskSetType]
        public MaskSet Masks { get; set; } = MaskSet.Empty;
    }

    private sealed class MaskRow
    {
        public string Path { get; set; } = string.Empty;

        [MaskSetType]
        public MaskSet Mask { get; set; } = MaskSet.Empty;

        [ColumnName("Mask.Index")]
        public int Index { get; set; }

        [ColumnName("Mask.Area")]
        public float Area { get; set; }

        [ColumnName("Mask.RelativeArea")]
        public float RelativeArea { get; set; }

        [ColumnName("Mask.CocoRle")]
        public string CocoRle { get; set; } = string.Empty;

        [ColumnName("Mask.ImageSize")]
        public int[] ImageSize { get; set; } = [];

        [ColumnName("Mask.BoundingBox")]
        public float[] BoundingBox { get; set; } = [];

        [ColumnName("Mask.MeanColor")]
        public float[] MeanColor { get; set; } = [];
    }

    private sealed class ClusteredMask
    {
        [ColumnName("PredictedLabel")]
        public uint Cluster { get; set; }
    }
}
