using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Stages;

/// <summary>The stages among ML.NET's own.</summary>
public class PipelineTests
{
    private static readonly string[] PlainColumns =
        ["Masks.PredictedIou", "Masks.StabilityScore", "Masks.Area", "Masks.BoundingBox", "Masks.CocoRle"];
    private static readonly string[] Columns = ["Masks", .. PlainColumns];

    private static readonly AutomaticMaskGenerationOptions Options = StageData.GenerationOptions;

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Transform_ShuffledFilteredAndTakenRows_GivesTheSameRowsElsewhere()
    {
        using var model = Fit(out var data);
        var expected = Digests(model.Transform(data));

        // Before and after the stage: it follows its source, and others follow it.
        // (Shuffling, like caching, drops the columns whose values ML.NET cannot keep, images among them: shuffle before loading.)
        using var chain = Chain().Fit(data);
        Assert.Equal(expected.Order(), Digests(chain.Transform(_ml.Data.ShuffleRows(data, seed: 3))).Order());
        Assert.Equal(
            ColumnDigest.Of(model.Transform(data), PlainColumns).Order(),
            ColumnDigest.Of(_ml.Data.ShuffleRows(model.Transform(data), seed: 3), PlainColumns).Order());
        Assert.Equal(expected.Take(2), Digests(_ml.Data.TakeRows(model.Transform(data), 2)));
        Assert.Equal(expected.Skip(1), Digests(model.Transform(_ml.Data.SkipRows(data, 1))));
        var withImage = _ml.Data.FilterByCustomPredicate<StageData.PathRow>(model.Transform(data), row => row.Path.Length == 0);
        Assert.Equal(expected.Where((_, i) => StageData.Paths[i].Length > 0), Digests(withImage));
    }

    [Fact]
    public void Transform_CursorWithRandomOrder_GivesEachRowItsOwnMasks()
    {
        var data = _ml.Data.Cache(
            _ml.Data.LoadFromEnumerable(StageData.Paths.Select(path => new StageData.PathRow { Path = path }).ToList()));
        using var model = Chain().Fit(data);
        var view = model.Transform(data);
        var expected = Rows(view, null).ToDictionary(row => row.Id, row => row.Digest);
        var shuffled = Rows(view, new Random(7));
        Assert.NotEqual(expected.Keys, shuffled.Select(row => row.Id));
        Assert.Equal(expected, shuffled.ToDictionary(row => row.Id, row => row.Digest));
    }

    [Fact]
    public void Transform_MoreRowsThanOneBatchInParallel_KeepsTheirOrder()
    {
        var paths = Enumerable.Range(0, 40).Select(i => StageData.Paths[i % StageData.Paths.Length]).ToList();
        using var model = Fit(out var data);
        var expected = Digests(model.Transform(data));

        // A stage of ML.NET after ours asks for several cursors.
        var after = _ml.Transforms.CopyColumns("Copy", "Masks.Area").Fit(model.Transform(data));
        var view = after.Transform(model.Transform(Images(paths)));
        var digests = ColumnDigest.Of(view, [.. PlainColumns, "Copy"]);
        Assert.Equal(40, digests.Count);
        Assert.All(digests.Select((digest, i) => (digest, i)), item => Assert.Equal(digests[item.i % expected.Count], item.digest));
    }

    [Fact]
    public void AppendCacheCheckpoint_PlainColumns_ComputesEachRowOnce()
    {
        var data = StageData.Images(_ml);
        using var transformer = _ml.Transforms.GenerateMasks("Masks", "Image", Options).Fit(data);
        var cached = _ml.Data.Cache(transformer.Transform(data), PlainColumns);
        var first = ColumnDigest.Of(cached, PlainColumns);
        Assert.Equal(first, ColumnDigest.Of(cached, PlainColumns));
        Assert.Equal(StageData.Paths.Length, transformer.ComputedRows);

        var chain = _ml.Transforms.GenerateMasks("Masks", "Image", Options)
            .AppendCacheCheckpoint(_ml)
            .Append(_ml.Transforms.CopyColumns("Area", "Masks.Area"));
        using var fitted = chain.Fit(data);
        Assert.Equal(first, ColumnDigest.Of(fitted.Transform(data), PlainColumns));
    }

    [Fact]
    public void Cache_Embedding_IsEncodedOnceAndPromptedAgain()
    {
        var images = StageData.PlainPrompts(_ml, encoded: false);
        using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Image", new() { Model = StageData.Micro }).Fit(images);
        var cached = _ml.Data.Cache(encoder.Transform(images));
        using var decoder = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions).Fit(cached);
        var expected = ColumnDigest.Of(decoder.Transform(encoder.Transform(images)), Columns);
        var before = encoder.ComputedRows;
        Assert.Equal(expected, ColumnDigest.Of(decoder.Transform(cached), Columns));
        Assert.Equal(expected, ColumnDigest.Of(decoder.Transform(cached), Columns));
        Assert.Equal(StageData.Paths.Length, encoder.ComputedRows - before);
    }

    [Fact]
    public void SaveAsBinary_Embedding_IsPromptedFromTheFile()
    {
        var data = StageData.PlainPrompts(_ml);
        using var decoder = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions).Fit(data);
        using var folder = new TestFolder();
        using (var file = File.Create(folder["embeddings.idv"]))
        {
            _ml.Data.SaveAsBinary(data, file);
        }

        var loaded = _ml.Data.LoadFromBinary(folder["embeddings.idv"]);
        Assert.Equal(ColumnDigest.Of(decoder.Transform(data), Columns), ColumnDigest.Of(decoder.Transform(loaded), Columns));
    }

    [Fact]
    public void SaveAsBinary_Masks_KeepsThePlainColumns()
    {
        using var model = Fit(out var data);
        using var folder = new TestFolder();
        using (var file = File.Create(folder["masks.idv"]))
        {
            _ml.Data.SaveAsBinary(_ml.Transforms.DropColumns("Image").Fit(model.Transform(data)).Transform(model.Transform(data)), file);
        }

        var loaded = _ml.Data.LoadFromBinary(folder["masks.idv"]);
        Assert.Equal(ColumnDigest.Of(model.Transform(data), PlainColumns), ColumnDigest.Of(loaded, PlainColumns));
        Assert.Null(loaded.Schema.GetColumnOrNull("Masks"));
    }

    [Fact]
    public void TrainTestSplit_Masks_PutsEachRowIntoOnePart()
    {
        using var model = Fit(out var data);
        var view = model.Transform(data);
        var split = _ml.Data.TrainTestSplit(view, testFraction: 0.5);
        var parts = ColumnDigest.Of(split.TrainSet, Columns).Concat(ColumnDigest.Of(split.TestSet, Columns));
        Assert.Equal(Digests(view).Order(), parts.Order());
    }

    [Fact]
    public void Preview_Masks_ShowsThem()
    {
        using var model = Fit(out var data);
        var preview = model.Transform(data).Preview();
        Assert.Equal(StageData.Paths.Length, preview.RowView.Length);
        var masks = Assert.IsType<MaskSet>(preview.RowView[0].Values.Single(value => value.Key == "Masks").Value);
        Assert.NotEmpty(masks);
    }

    [Fact]
    public void Dispose_Chain_DisposesTheStages()
    {
        var data = StageData.Images(_ml);
        var chain = Chain().Fit(data);
        var view = chain.Transform(data);
        Assert.Equal(StageData.Paths.Length, Digests(view).Count);
        chain.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Digests(view));
    }

    [Fact]
    public void Save_Chain_LoadsAsAChain()
    {
        var data = StageData.Images(_ml);
        using var folder = new TestFolder();
        using (var chain = Chain().Fit(data))
        {
            _ml.Model.Save(chain, data.Schema, folder["chain.zip"]);
            Assert.Equal(
                ColumnDigest.Of(chain.Transform(data), Columns),
                ChildProcess.Digest(folder["chain.zip"], nameof(StageData.Images), Columns));
        }
    }

    [Fact]
    public void Transform_StagesOneByOne_GiveWhatThePipelineOfThemGives()
    {
        var data = StageData.RichPrompts(_ml);
        var pipeline = _ml.Transforms.PreprocessSam2Images("Pixels", "Image", new() { Model = StageData.Micro })
            .Append(_ml.Transforms.EncodeSam2Images("Embedding2", "Pixels", new() { Model = StageData.Micro }))
            .Append(_ml.Transforms.DecodeSam2Prompts("Masks", "Embedding2", StageData.RichPromptOptions));
        using var chain = pipeline.Fit(data);
        using var direct = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.RichPromptOptions).Fit(data);
        Assert.Equal(ColumnDigest.Of(direct.Transform(data), Columns), ColumnDigest.Of(chain.Transform(data), Columns));
    }

    private EstimatorChain<MaskGenerationTransformer> Chain() =>
        _ml.Transforms.LoadImages("Image", Fixture.Path(string.Empty), "Path")
            .Append(_ml.Transforms.GenerateMasks("Masks", "Image", Options));

    private MaskGenerationTransformer Fit(out IDataView data)
    {
        data = StageData.Images(_ml);
        return _ml.Transforms.GenerateMasks("Masks", "Image", Options).Fit(data);
    }

    private IDataView Images(IEnumerable<string> paths) => StageData.Images(_ml, paths);

    private static List<string> Digests(IDataView view) => ColumnDigest.Of(view, Columns);

    private static List<(DataViewRowId Id, string Digest)> Rows(IDataView view, Random? random)
    {
        using var cursor = view.GetRowCursor(view.Schema, random);
        var read = ColumnDigest.Reader(cursor, Columns);
        var getId = cursor.GetIdGetter();
        var rows = new List<(DataViewRowId, string)>();
        while (cursor.MoveNext())
        {
            DataViewRowId id = default;
            getId(ref id);
            rows.Add((id, read()));
        }

        return rows;
    }
}
