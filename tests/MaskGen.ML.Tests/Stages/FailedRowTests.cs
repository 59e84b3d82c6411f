using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Rows that cannot be computed: they throw, or they are marked and the others go on.</summary>
public sealed class FailedRowTests : IDisposable
{
    private const FailedRowBehavior Mark = FailedRowBehavior.Mark;
    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();

    public static TheoryData<string, string> StagesAndForms => new MatrixTheoryData<string, string>(
        ["Preprocess", "Encode", "Generate"], ["Bytes", "Image"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stage_Marking_KeepsTheContract() => StageContract.Verify(
        _ml,
        _ml.Transforms.EncodeSam2Images("E", "Bytes", new() { Model = StageData.Micro, FailedRows = Mark }),
        nameof(StageData.Files),
        ["E", "E.HighResolutionFeatures0", "E.HighResolutionFeatures1", "E.ImageSize", "E.Error"]);

    [Theory]
    [MemberData(nameof(StagesAndForms))]
    public void Transform_BrokenFileBetweenTwoOthers_IsMarkedAndTheOthersAreAsEver(string stage, string form)
    {
        var data = Files(broken: true);
        using var marking = Stage(stage, form, Mark).Fit(data);
        using var throwing = Stage(stage, form, FailedRowBehavior.Throw).Fit(data);
        var view = marking.Transform(data);
        string[] added = [.. view.Schema.Skip(data.Schema.Count).Select(column => column.Name)];
        Assert.Equal("Out.Error", added[^1]);
        Assert.Null(throwing.GetOutputSchema(data.Schema).GetColumnOrNull("Out.Error"));

        // Without the broken one, nothing fails; with it, the failed row is as one without an image but for its error.
        var whole = Files(broken: false);
        var expected = ColumnDigest.Of(throwing.Transform(whole), added[..^1]);
        var rows = ColumnDigest.Of(view, added[..^1]);
        Assert.Equal([expected[0], expected[1], expected[2]], [rows[0], rows[2], rows[3]]);
        Assert.Equal(expected[1], rows[1]);
        var errors = ColumnDigest.Of(view, ["Out.Error"]);
        Assert.All((int[])[0, 2, 3], row => Assert.Equal(string.Empty, errors[row]));
        Assert.NotEqual(string.Empty, errors[1]);
        Assert.Contains(form == "Bytes" ? "Column 'Bytes'" : "nvalid", errors[1], StringComparison.Ordinal);

        // By default the very same row throws.
        var thrown = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(throwing.Transform(data), added[..^1]));
        Assert.StartsWith("Row 1", thrown.Message, StringComparison.Ordinal);
        Assert.EndsWith(errors[1], thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_ErrorReadAfterOrBeforeOthersOrAlone_IsTheSame()
    {
        var data = Files(broken: true);
        using var generator = Stage("Generate", "Bytes", Mark).Fit(data);
        var view = generator.Transform(data);
        var alone = ColumnDigest.Of(view, ["Out.Error"]);
        Assert.Equal(4, generator.ComputedRows);
        foreach (var columns in (string[][])[["Out.Error", "Out", "Out.Area"], ["Out", "Out.Area", "Out.Error"]])
        {
            var at = Array.IndexOf(columns, "Out.Error");
            Assert.Equal(alone, ColumnDigest.Of(view, columns).Select(row => row.Split(" | ")[at]));
        }
    }

    [Fact]
    public void Save_MarkingStage_StillMarksWhereItIsLoaded()
    {
        var data = Files(broken: true);
        foreach (var stage in (string[])["Preprocess", "Encode", "Generate"])
        {
            using var saved = Stage(stage, "Bytes", Mark).Fit(data);
            _ml.Model.Save(saved, data.Schema, _folder["stage.zip"]);
            var loaded = _ml.Model.Load(_folder["stage.zip"], out _);
            string[] columns = ["Out", "Out.Error"];
            Assert.Equal(ColumnDigest.Of(saved.Transform(data), columns), ColumnDigest.Of(loaded.Transform(data), columns));
            ((IDisposable)loaded).Dispose();
        }
    }

    [Fact]
    public void ExpandMasks_BrokenFileBetweenTwoOthers_HasOneMarkedRowAndLosesNoMask()
    {
        var data = Files(broken: true);
        var generation = StageData.GenerationOptions with { FailedRows = Mark, BoxNmsThreshold = 1 };
        using var chain = _ml.Transforms.GenerateMasks("Masks", "Bytes", generation)
            .Append(_ml.Transforms.ExpandMasks(
                "Mask", "Masks", new() { ImageColumn = "Bytes", CutOut = CutOutBackground.Keep, FailedRows = Mark }))
            .Fit(data);
        var view = chain.Transform(data);
        var rows = _ml.Data.CreateEnumerable<MaskRow>(view, reuseRowObject: false).ToList();
        var whole = Files(broken: false);
        var expected = _ml.Data.CreateEnumerable<MaskRow>(chain.Transform(whole), reuseRowObject: false).ToList();
        Assert.True(expected.Count > 1);
        Assert.All(expected, row => Assert.Equal(string.Empty, row.Error));

        var failed = Assert.Single(rows, row => row.Error.Length > 0);
        Assert.Equal(("broken.png", -1, 0f), (Path.GetFileName(failed.Path), failed.Index, failed.Area));
        Assert.Contains("Column 'Bytes'", failed.Error, StringComparison.Ordinal);
        Assert.Equal(expected.Select(Text), rows.Where(row => row != failed).Select(Text));

        // Whatever is read, the rows are the same, and a failed one has a value in every column.
        string[] columns = ["Mask", "Mask.CocoRle", "Mask.ImageSize", "Mask.MeanColor", "Mask.Image", "Mask.Error", "Mask.BoundingBox"];
        Assert.All(columns, column => Assert.Equal(rows.Count, ColumnDigest.Of(view, [column]).Count));
        Assert.Equal(rows.Select(row => row.Error), ColumnDigest.Of(view, ["Mask.Error"]));

        static string Text(MaskRow row) => $"{row.Path} {row.Index} {row.Area} {row.CocoRle}";
    }

    [Fact]
    public void ExpandMasks_StageBeforeThrows_IsMarkedAsWell()
    {
        // The masks' own stage stops at failed rows: reading its column is what fails here.
        var data = Files(broken: true);
        using var chain = _ml.Transforms.GenerateMasks("Masks", "Bytes", StageData.GenerationOptions)
            .Append(_ml.Transforms.ExpandMasks("Mask", "Masks", new() { FailedRows = Mark }))
            .Fit(data);
        var errors = ColumnDigest.Of(chain.Transform(data), ["Mask.Error"]);
        Assert.StartsWith("Row 1: Column 'Bytes'", Assert.Single(errors, error => error.Length > 0), StringComparison.Ordinal);
        Assert.True(errors.Count > 2);
    }

    [Fact]
    public void ExpandMasks_ImageAloneUnreadable_KeepsTheMasks()
    {
        var size = new ImageSize(3, 2);
        var masks = new MaskSet(size, [TestMasks.Of(size, 0, 1), TestMasks.Of(size, 5)]);
        var data = _ml.Data.LoadFromEnumerable(
            [new MaskedRow { Bytes = [1, 2, 3], Masks = masks }, new MaskedRow { Bytes = ImagePng(size), Masks = masks }]);
        var options = new MaskExpansionOptions { ImageColumn = "Bytes", CutOut = CutOutBackground.Transparent, FailedRows = Mark };
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks", options).Fit(data).Transform(data);
        var rows = ColumnDigest.Of(view, ["Mask.Index", "Mask.Area", "Mask.Image", "Mask.Error"]);
        Assert.Equal(["0 | 2 | none", "1 | 1 | none"], rows[..2].Select(row => row[..row.LastIndexOf(" | ", StringComparison.Ordinal)]));
        Assert.All(rows[..2], row => Assert.Contains("Column 'Bytes': expected an image", row, StringComparison.Ordinal));
        Assert.All(rows[2..], row => Assert.EndsWith("| ", row, StringComparison.Ordinal));
        Assert.All(rows[2..], row => Assert.DoesNotContain("none", row, StringComparison.Ordinal));
        Assert.Equal(4, rows.Count);
    }

    [Fact]
    public void DecodeSam2Prompts_RowThatTheEncoderMarked_IsMarkedWithItsReason()
    {
        var data = _ml.Data.LoadFromEnumerable(Prompted());
        using var chain = _ml.Transforms.EncodeSam2Images("E", "Bytes", new() { Model = StageData.Micro, FailedRows = Mark })
            .Append(_ml.Transforms.DecodeSam2Prompts(
                "Masks", "E", new() { Model = StageData.Micro, PointColumn = "Points", FailedRows = Mark }))
            .Append(_ml.Transforms.GenerateMasks("All", "E", StageData.GenerationOptions with { FailedRows = Mark }))
            .Fit(data);
        var view = chain.Transform(data);
        var encoding = ColumnDigest.Of(view, ["E.Error"]);
        var decoding = ColumnDigest.Of(view, ["Masks.Error"]);
        Assert.StartsWith("Column 'Bytes'", encoding[1], StringComparison.Ordinal);
        Assert.Equal(encoding[1], decoding[1]);
        Assert.Equal(encoding, ColumnDigest.Of(view, ["All.Error"]));
        Assert.Equal((string.Empty, string.Empty), (encoding[2], decoding[0]));

        // Of its own: points without a y.
        Assert.Contains("expected a multiple of 2 values", decoding[2], StringComparison.Ordinal);
        Assert.StartsWith("0x0 0", ColumnDigest.Of(view, ["Masks"])[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_CancelledOrDisposed_StillThrows()
    {
        var data = Files(broken: true);
        using var disposed = Stage("Encode", "Bytes", Mark).Fit(data);
        var view = disposed.Transform(data);
        using var cursor = view.GetRowCursor(view.Schema);
        var read = ColumnDigest.Reader(cursor, ["Out.Error"]);
        disposed.Dispose();
        Assert.True(cursor.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => read());

        // The last of all: a context stays cancelled.
        using var cancelled = Stage("Generate", "Bytes", Mark).Fit(data);
        var another = cancelled.Transform(data);
        using var running = another.GetRowCursor(another.Schema);
        var readError = ColumnDigest.Reader(running, ["Out.Error"]);
        Assert.True(running.MoveNext());
        Contexts.Cancel(_ml);
        Assert.ThrowsAny<OperationCanceledException>(() => readError());
    }

    [Theory]
    [InlineData(typeof(InvalidDataException), true)]
    [InlineData(typeof(FileNotFoundException), true)]
    [InlineData(typeof(UnauthorizedAccessException), true)]
    [InlineData(typeof(FormatException), true)]
    [InlineData(typeof(ArgumentException), true)]
    [InlineData(typeof(NullReferenceException), false)]
    [InlineData(typeof(ArgumentNullException), false)]
    [InlineData(typeof(IndexOutOfRangeException), false)]
    [InlineData(typeof(InvalidCastException), false)]
    [InlineData(typeof(OutOfMemoryException), false)]
    [InlineData(typeof(OperationCanceledException), false)]
    [InlineData(typeof(TaskCanceledException), false)]
    [InlineData(typeof(DllNotFoundException), false)]
    [InlineData(typeof(MissingMethodException), false)]
    [InlineData(typeof(NotImplementedException), false)]
    public void Transform_ErrorOfTheStageBefore_IsMarkedWhereItSpeaksOfTheRow(Type type, bool isMarked)
    {
        var size = new ImageSize(3, 2);
        var data = _ml.Data.LoadFromEnumerable([new MaskedRow(), new MaskedRow { Bytes = ImagePng(size) }]);
        var failing = _ml.Transforms.CustomMapping<MaskedRow, OtherBytes>(
            (row, other) => other.Other = row.Bytes.Length == 0 ? throw (Exception)Activator.CreateInstance(type)! : row.Bytes, null)
            .Fit(data)
            .Transform(data);
        var options = new Sam2ImagePreprocessingOptions { Model = StageData.Micro, FailedRows = Mark };
        using var stage = _ml.Transforms.PreprocessSam2Images("Out", "Other", options).Fit(failing);
        var view = stage.Transform(failing);
        if (isMarked)
        {
            var errors = ColumnDigest.Of(view, ["Out.Error"]);
            Assert.Equal((false, true), (errors[0].Length == 0, errors[1].Length == 0));
        }
        else
        {
            Assert.NotNull(Record.Exception(() => ColumnDigest.Of(view, ["Out.Error"])));
        }
    }

    [Fact]
    public void FailedRows_OutOfRange_IsRefusedAtOnce()
    {
        const FailedRowBehavior Wrong = (FailedRowBehavior)7;
        Action[] calls =
        [
            () => _ml.Transforms.PreprocessSam2Images("X", "I", new() { FailedRows = Wrong }),
            () => _ml.Transforms.EncodeSam2Images("X", "I", new() { FailedRows = Wrong }),
            () => _ml.Transforms.DecodeSam2Prompts("X", "E", new() { PointColumn = "P", FailedRows = Wrong }),
            () => _ml.Transforms.GenerateMasks("X", "I", new() { FailedRows = Wrong }),
            () => _ml.Transforms.ExpandMasks("X", "M", new() { FailedRows = Wrong }),
        ];
        Assert.All(calls, call => Assert.Equal("FailedRows", Assert.Throws<ArgumentOutOfRangeException>(call).ParamName));
    }

    private static byte[] ImagePng(ImageSize size)
    {
        using var bitmap = new SkiaSharp.SKBitmap(size.Width, size.Height, SkiaSharp.SKColorType.Rgba8888, SkiaSharp.SKAlphaType.Opaque);
        bitmap.Erase(SkiaSharp.SKColors.Green);
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static MaskedRow[] Prompted()
    {
        var file = File.ReadAllBytes(Fixture.Path("images/scene.png"));
        return
        [
            new() { Bytes = file, Points = [3, 4] }, new() { Bytes = [1, 2, 3], Points = [3, 4] }, new() { Bytes = file, Points = [3] },
        ];
    }

    // Whole, broken, none, whole; as bytes and by ML.NET's own loader.
    private IDataView Files(bool broken)
    {
        var file = File.ReadAllBytes(Fixture.Path("images/scene.png"));
        List<string> paths = [_folder.Write("first.png", file), string.Empty, _folder.Write("last.png", file)];
        if (broken)
        {
            paths.Insert(1, _folder.Write("broken.png", "no image at all"u8.ToArray()));
        }

        var data = _ml.Data.LoadFromEnumerable(paths.Select(path => new StageData.PathRow { Path = path }).ToList());
        return _ml.Transforms.LoadRawImageBytes("Bytes", null, "Path").Append(_ml.Transforms.LoadImages("Image", null, "Path"))
            .Fit(data)
            .Transform(data);
    }

    private sealed record StageOf(Func<IDataView, RowMappingTransformer> Fit);

    private StageOf Stage(string stage, string input, FailedRowBehavior failedRows) => new(data => stage switch
    {
        "Generate" => _ml.Transforms.GenerateMasks("Out", input, StageData.GenerationOptions with { FailedRows = failedRows }).Fit(data),
        "Encode" => _ml.Transforms.EncodeSam2Images("Out", input, new() { Model = StageData.Micro, FailedRows = failedRows }).Fit(data),
        _ => _ml.Transforms.PreprocessSam2Images("Out", input, new() { Model = StageData.Micro, FailedRows = failedRows }).Fit(data),
    });

    private sealed class MaskRow
    {
        public string Path { get; set; } = string.Empty;

        [ColumnName("Mask.Index")]
        public int Index { get; set; }

        [ColumnName("Mask.Area")]
        public float Area { get; set; }

        [ColumnName("Mask.CocoRle")]
        public string CocoRle { get; set; } = string.Empty;

        [ColumnName("Mask.Error")]
        public string Error { get; set; } = string.Empty;
    }

    private sealed class MaskedRow
    {
        public byte[] Bytes { get; set; } = [];

        public float[] Points { get; set; } = [];

        [MaskSetType]
        public MaskSet? Masks { get; set; }
    }

    private sealed class OtherBytes
    {
        public byte[] Other { get; set; } = [];
    }
}
