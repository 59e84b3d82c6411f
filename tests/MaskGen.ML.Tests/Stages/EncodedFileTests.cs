using MaskGen.ML.Tests.Imaging;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Image files as columns of bytes, in every place where an image is read.</summary>
public sealed class EncodedFileTests
{
    private static readonly string[] Masks = ["Masks", "Masks.CocoRle", "Masks.ImageSize"];
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void PreprocessSam2Images_OnBytes_KeepsTheContract() => StageContract.Verify(
        _ml,
        _ml.Transforms.PreprocessSam2Images("Pixels", "Bytes", new() { Model = StageData.Micro }),
        nameof(StageData.Files),
        ["Pixels", "Pixels.ImageSize"]);

    [Fact]
    public void EncodeSam2Images_OnBytes_KeepsTheContract() => StageContract.Verify(
        _ml,
        _ml.Transforms.EncodeSam2Images("E", "Bytes", new() { Model = StageData.Micro }),
        nameof(StageData.Files),
        ["E", "E.HighResolutionFeatures0", "E.HighResolutionFeatures1", "E.ImageSize"]);

    [Fact]
    public void GenerateMasks_OnBytes_KeepsTheContract() => StageContract.Verify(
        _ml,
        _ml.Transforms.GenerateMasks("Masks", "Bytes", StageData.GenerationOptions),
        nameof(StageData.Files),
        ["Masks", "Masks.PredictedIou", "Masks.StabilityScore", "Masks.Area", "Masks.BoundingBox", "Masks.CocoRle", "Masks.ImageSize"]);

    [Theory]
    [InlineData("images/scene.png")]
    [InlineData("images/scene-orientation-6.jpg")]
    public void GenerateMasks_OnBytes_GivesTheMasksOfTheUprightImage(string path)
    {
        using var image = RgbImage.Load(Fixture.Path(path)).ToMLImage();
        var expected = Digest(_ml.Data.LoadFromEnumerable([new ImageRow { Image = image }]), "Image");

        Assert.Equal(expected, Digest(Bytes(File.ReadAllBytes(Fixture.Path(path))), "Bytes"));
        var fixedSize = _ml.Data.LoadFromEnumerable([new BytesRow { Bytes = File.ReadAllBytes(Fixture.Path(path)) }], Sized(path));
        Assert.Equal(expected, Digest(fixedSize, "Bytes"));
    }

    [Theory]
    [InlineData("Preprocess")]
    [InlineData("Encode")]
    [InlineData("Generate")]
    public void Transform_DeepImages_AreStretchedAsTheOptionsSayAndSoIsWhatIsLoadedAgain(string stage)
    {
        // Of 16 bits, which are dark but for the range.
        var values = Enumerable.Range(0, 64 * 48).SelectMany(i => new[] { (byte)((i % 64) / 8), (byte)(i * 7) }).ToArray();
        var deep = Bytes(ImageBytes.Png(64, 48, 16, 0, [.. values.Chunk(128).SelectMany(row => row.Prepend((byte)0))]));
        using var folder = new TestFolder();
        using var full = Stage(stage).Fit(deep);
        using var stretched = Stage(stage, range: ImageRange.Between(0, 2047)).Fit(deep);

        var expected = ColumnDigest.Of(stretched.Transform(deep), ["Out"]);

        Assert.NotEqual(ColumnDigest.Of(full.Transform(deep), ["Out"]), expected);
        _ml.Model.Save(stretched, deep.Schema, folder["stage.zip"]);
        var loaded = _ml.Model.Load(folder["stage.zip"], out _);
        Assert.Equal(expected, ColumnDigest.Of(loaded.Transform(deep), ["Out"]));
        (loaded as IDisposable)?.Dispose();
    }

    [Fact]
    public void ExpandMasks_DeepImages_AreCutOutAsTheRangeSaysAndSoByWhatIsLoadedAgain()
    {
        // One value of 16 bits everywhere, 1000: its high byte is 3.
        var size = new ImageSize(4, 2);
        byte[] row = [0, 3, 232, 3, 232, 3, 232, 3, 232];
        var deep = _ml.Data.LoadFromEnumerable(
        [
            new MaskedBytesRow { Bytes = ImageBytes.Png(4, 2, 16, 0, [.. row, .. row]), Masks = new(size, [TestMasks.Of(size, 5)]) },
        ]);
        using var folder = new TestFolder();
        var options = new MaskExpansionOptions { ImageColumn = "Bytes", CutOut = CutOutBackground.Keep };
        var full = _ml.Transforms.ExpandMasks("Mask", "Masks", options).Fit(deep);
        var stretched = _ml.Transforms.ExpandMasks("Mask", "Masks", options with { Range = ImageRange.Between(0, 2550) }).Fit(deep);
        _ml.Model.Save(stretched, deep.Schema, folder["stage.zip"]);
        var loaded = _ml.Model.Load(folder["stage.zip"], out _);

        Assert.Equal((3, 100, 100), (Grey(full), Grey(stretched), Grey(loaded)));

        int Grey(ITransformer stage)
        {
            var view = stage.Transform(deep);
            using var cursor = view.GetRowCursor([view.Schema["Mask.Image"]]);
            var getImage = cursor.GetGetter<MLImage?>(view.Schema["Mask.Image"]);
            MLImage? image = null;
            Assert.True(cursor.MoveNext());
            getImage(ref image);
            return image!.Pixels[0];
        }
    }

    [Fact]
    public void GenerateMasks_RowsWithoutBytes_HaveNoImage()
    {
        var file = File.ReadAllBytes(Fixture.Path("images/scene.png"));
        foreach (var data in (IDataView[])[Bytes(file, [], file), Bytes(file, null, file)])
        {
            var digests = Digest(data, "Bytes");
            Assert.StartsWith("0x0 0 |", digests[1], StringComparison.Ordinal);
            Assert.Equal(digests[0], digests[2]);
            Assert.NotEqual(digests[0], digests[1]);
        }
    }

    [Fact]
    public void GenerateMasks_LoadRawImageBytesWithoutAPath_DoesNotSeeTheRowBefore()
    {
        // The second of four rows has no path.
        var data = StageData.Files(_ml);
        var digests = Digest(data, "Bytes");
        Assert.StartsWith("0x0 0 |", digests[1], StringComparison.Ordinal);
        Assert.All((int[])[0, 2, 3], row => Assert.DoesNotContain("0x0", digests[row], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Preprocess")]
    [InlineData("Encode")]
    [InlineData("Generate")]
    public void Transform_BytesThatAreNoWholeImage_NameRowColumnAndProblem(string stage)
    {
        var file = File.ReadAllBytes(Fixture.Path("images/scene.png"));
        (byte[] Bytes, string Problem)[] broken =
        [
            (file[..(file.Length / 2)], "Column 'Bytes': "),
            ("Not found"u8.ToArray(), "Column 'Bytes': expected an image (PNG"),
            ([1], "Column 'Bytes': expected an image (PNG"),
        ];
        foreach (var (bytes, problem) in broken)
        {
            using var transformer = Stage(stage).Fit(Bytes(file));
            var error = Assert.Throws<InvalidOperationException>(
                () => ColumnDigest.Of(transformer.Transform(Bytes(file, bytes)), ["Out"]));
            Assert.StartsWith($"Row 1: {problem}", error.Message, StringComparison.Ordinal);
            Assert.IsType<InvalidDataException>(error.InnerException);
        }
    }

    [Theory]
    [InlineData("Preprocess")]
    [InlineData("Encode")]
    [InlineData("Generate")]
    public void Transform_BytesOfAnImageAboveTheLimit_AreRefused(string stage)
    {
        var data = Bytes(File.ReadAllBytes(Fixture.Path("images/scene.png")));
        var size = RgbImage.Load(Fixture.Path("images/scene.png")).Size;
        using var within = Stage(stage, size.PixelCount).Fit(data);
        Assert.Single(ColumnDigest.Of(within.Transform(data), ["Out"]));
        using var beyond = Stage(stage, size.PixelCount - 1).Fit(data);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(beyond.Transform(data), ["Out"]));
        Assert.StartsWith(
            $"Row 0: Column 'Bytes': expected at most {size.PixelCount - 1} pixels, found {size}", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaximumPixels", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("images/scene.png")]
    [InlineData("images/scene-orientation-6.jpg")]
    public void ExpandMasks_OnTheBytesThatTheMasksAreFrom_MeasuresAndCutsTheUprightImage(string path)
    {
        using var image = RgbImage.Load(Fixture.Path(path)).ToMLImage();
        string[] columns = ["Mask.MeanColor", "Mask.Image", "Mask.ImageSize"];
        var expected = Expanded(_ml.Data.LoadFromEnumerable([new ImageRow { Image = image }]), "Image");
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Expanded(Bytes(File.ReadAllBytes(Fixture.Path(path))), "Bytes"));

        List<string> Expanded(IDataView data, string column)
        {
            using var chain = _ml.Transforms.GenerateMasks("Masks", column, StageData.GenerationOptions)
                .Append(_ml.Transforms.ExpandMasks("Mask", "Masks", new() { ImageColumn = column, CutOut = CutOutBackground.Fill }))
                .Fit(data);
            return ColumnDigest.Of(chain.Transform(data), columns);
        }
    }

    [Theory]
    [InlineData("images/narrow.png")]
    [InlineData(null)]
    public void ExpandMasks_BytesOfAnotherImage_NameBothSizes(string? path)
    {
        var masks = new MaskSet(new ImageSize(3, 2), [TestMasks.Of(new ImageSize(3, 2), 1)]);
        var bytes = path is null ? [] : File.ReadAllBytes(Fixture.Path(path));
        var data = _ml.Data.LoadFromEnumerable([new MaskedBytesRow { Bytes = bytes, Masks = masks }]);
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks", "Bytes").Fit(data).Transform(data);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(view, ["Mask.MeanColor"]));
        var found = path is null ? "none" : $"{RgbImage.Load(Fixture.Path(path)).Size}";
        Assert.EndsWith(
            $"Column 'Bytes': expected an image of 3x2 pixels, as large as the masks of column 'Masks', found {found}.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_BytesInMemory_GivesTheMasks()
    {
        var file = File.ReadAllBytes(Fixture.Path("images/scene.png"));
        var data = Bytes(file);
        var transformer = _ml.Transforms.GenerateMasks("Masks", "Bytes", StageData.GenerationOptions).Fit(data);
        using var engine = _ml.Model.CreatePredictionEngine<BytesRow, MasksRow>(transformer);
        Assert.NotEmpty(engine.Predict(new BytesRow { Bytes = file }).Masks);
        Assert.Empty(engine.Predict(new BytesRow()).Masks);
    }

    private List<string> Digest(IDataView data, string column)
    {
        using var transformer = _ml.Transforms.GenerateMasks("Masks", column, StageData.GenerationOptions).Fit(data);
        return ColumnDigest.Of(transformer.Transform(data), Masks);
    }

    private EstimatorOf Stage(string stage, long maximumPixels = 100_000_000, ImageRange? range = null) => new(data => stage switch
    {
        "Generate" => _ml.Transforms.GenerateMasks(
            "Out", "Bytes", StageData.GenerationOptions with { MaximumPixels = maximumPixels, Range = range ?? ImageRange.Full }).Fit(data),
        "Encode" => _ml.Transforms.EncodeSam2Images("Out", "Bytes", new()
        {
            Model = StageData.Micro, MaximumPixels = maximumPixels, Range = range ?? ImageRange.Full,
        }).Fit(data),
        _ => _ml.Transforms.PreprocessSam2Images("Out", "Bytes", new()
        {
            Model = StageData.Micro, MaximumPixels = maximumPixels, Range = range ?? ImageRange.Full,
        }).Fit(data),
    });

    private IDataView Bytes(params byte[]?[] files) =>
        _ml.Data.LoadFromEnumerable(files.Select(bytes => new BytesRow { Bytes = bytes }).ToList());

    private static SchemaDefinition Sized(string path)
    {
        var definition = SchemaDefinition.Create(typeof(BytesRow));
        definition["Bytes"].ColumnType = new VectorDataViewType(NumberDataViewType.Byte, (int)new FileInfo(Fixture.Path(path)).Length);
        return definition;
    }

    private sealed record EstimatorOf(Func<IDataView, RowMappingTransformer> Fit);

    private sealed class ImageRow
    {
        [Microsoft.ML.Transforms.Image.ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }

    private class BytesRow
    {
        public byte[]? Bytes { get; set; }
    }

    private sealed class MaskedBytesRow : BytesRow
    {
        [MaskSetType]
        public MaskSet? Masks { get; set; }
    }

    private sealed class MasksRow
    {
        [MaskSetType]
        public MaskSet Masks { get; set; } = MaskSet.Empty;
    }
}
