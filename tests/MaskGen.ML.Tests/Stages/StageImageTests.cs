using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SkiaSharp;

namespace MaskGen.ML.Tests.Stages;

/// <summary>What the stages make of images that are too large, cut short, disposed or of another size than their masks.</summary>
public sealed class StageImageTests : IDisposable
{
    private static readonly string[] Pixels = ["Pixels"];
    private readonly MLContext _ml = new(seed: 1);
    private readonly TestFolder _folder = new();

    public static TheoryData<string> Stages => ["Preprocess", "Encode", "Generate"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Stages))]
    public void Transform_ImageAboveTheLimit_IsRefusedBeforeItIsCopied(string stage)
    {
        using var image = Plain(400, 300);
        var data = Images(image);
        using var within = Transformer(stage, data, maximumPixels: 120_000);
        Assert.Single(ColumnDigest.Of(within.Transform(data), Pixels));

        using var beyond = Transformer(stage, data, maximumPixels: 119_999);
        var view = beyond.Transform(data);
        using var cursor = view.GetRowCursor(view.Schema);
        var read = ColumnDigest.Reader(cursor, Pixels);
        Assert.True(cursor.MoveNext());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InvalidOperationException>(() => read());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 * 119_999);
        Assert.Equal(
            "Row 0 (plain.png): Column 'Image': expected an image of at most 119,999 pixels (the option MaximumPixels), found 400x300 = "
            + "120,000 pixels.",
            error.Message);
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void Load_LimitOnPixels_IsKept(string stage)
    {
        using var image = Plain(400, 300);
        var data = Images(image);
        using (var saved = Transformer(stage, data, maximumPixels: 1000))
        {
            _ml.Model.Save(saved, data.Schema, _folder["model.zip"]);
        }

        var loaded = _ml.Model.Load(_folder["model.zip"], out _);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(loaded.Transform(data), Pixels));
        Assert.Contains("at most 1,000 pixels", error.Message, StringComparison.Ordinal);
        ((IDisposable)loaded).Dispose();
    }

    // Half a gigabyte for the image, and as much for its copies.
    [Fact(Explicit = true)]
    public void Transform_ImageAboveTheDefaultLimit_IsTakenWhereItIsAsked()
    {
        using var image = Plain(10_100, 10_000);
        var data = Images(image);
        using var stage = Transformer("Preprocess", data, maximumPixels: 101_000_000);
        Assert.Single(ColumnDigest.Of(stage.Transform(data), Pixels));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue / 3 + 1L)]
    public void MaximumPixels_OutOfRange_IsRefusedAtOnce(long maximumPixels)
    {
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.Transforms.PreprocessSam2Images("Pixels", "Image", new() { MaximumPixels = maximumPixels }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _ml.Transforms.EncodeSam2Images("Pixels", "Image", new() { MaximumPixels = maximumPixels }));
        Assert.Equal(100_000_000, new Sam2ImageEncodingOptions().MaximumPixels);
        Assert.Equal(100_000_000, new Sam2ImagePreprocessingOptions().MaximumPixels);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png, 0.9)]
    [InlineData(SKEncodedImageFormat.Png, 0.5)]
    [InlineData(SKEncodedImageFormat.Png, 0.1)]
    [InlineData(SKEncodedImageFormat.Jpeg, 0.95)]
    [InlineData(SKEncodedImageFormat.Jpeg, 0.5)]
    [InlineData(SKEncodedImageFormat.Jpeg, 0.1)]
    [InlineData(SKEncodedImageFormat.Webp, 0.9)]
    [InlineData(SKEncodedImageFormat.Webp, 0.5)]
    public void Transform_FileCutShort_IsRefusedWithRowAndName(SKEncodedImageFormat format, double part)
    {
        var whole = Encode(format, opaque: true, emptyRows: 0);
        var data = Files(whole, whole[..(int)(whole.Length * part)]);
        using var stage = Transformer("Preprocess", data);
        var view = stage.Transform(data);
        using var cursor = view.GetRowCursor(view.Schema);
        var read = ColumnDigest.Reader(cursor, Pixels);
        Assert.True(cursor.MoveNext());
        read();
        Assert.True(cursor.MoveNext());
        var error = Assert.Throws<InvalidOperationException>(() => read());
        Assert.StartsWith("Row 1 (", error.Message, StringComparison.Ordinal);
        Assert.Contains("1.image): Column 'Image': expected a whole image, found that the last ", error.Message, StringComparison.Ordinal);
        Assert.Contains("of 100 rows have no pixels", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_RowsWithoutPixelsOfAnImageWithAlpha_AreItsOwn()
    {
        // The lower half is transparent by intention.
        var data = Files(Encode(SKEncodedImageFormat.Png, opaque: false, emptyRows: 50));
        using var stage = Transformer("Preprocess", data);
        Assert.Single(ColumnDigest.Of(stage.Transform(data), Pixels));

        using var image = MLImage.CreateFromPixels(20, 10, MLPixelFormat.Rgba32, new byte[800]);
        var inMemory = Images(image);
        using var other = Transformer("Preprocess", inMemory);
        Assert.Single(ColumnDigest.Of(other.Transform(inMemory), Pixels));
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(97, 100)]
    [InlineData(100, 97)]
    [InlineData(99, 100)]
    [InlineData(64, 200)]
    [InlineData(63, 65)]
    public void Transform_PaddedByResizeImages_IsTaken(int width, int height)
    {
        var data = Files(Encode(SKEncodedImageFormat.Png, opaque: true, emptyRows: 0));
        var resized = _ml.Transforms.ResizeImages("Image", width, height, resizing: ImageResizingEstimator.ResizingKind.IsoPad)
            .Fit(data).Transform(data);
        using var stage = Transformer("Preprocess", resized);
        Assert.Single(ColumnDigest.Of(stage.Transform(resized), Pixels));
    }

    [Fact]
    public void Transform_DisposedImage_SaysSo()
    {
        var image = Plain(4, 3);
        var data = Images(image);
        image.Dispose();
        using var stage = Transformer("Preprocess", data);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(stage.Transform(data), Pixels));
        Assert.StartsWith("Row 0: Column 'Image': expected an image, found a disposed one.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 3, null)]
    [InlineData(3, 4, "expected an image of 4x3 pixels, as large as the masks of column 'Masks', found 3x4.")]
    [InlineData(0, 0, "expected an image of 4x3 pixels, as large as the masks of column 'Masks', found none.")]
    public void ExpandMasks_ImageOfAnotherSizeThanItsMasks_NamesRowAndBoth(int width, int height, string? problem)
    {
        using var image = width == 0 ? null : Plain(width, height);
        var size = new ImageSize(4, 3);
        var masks = new MaskSet(size, [new MaskRecord
        {
            Segmentation = RunLengthEncoding.FromMask(size, new bool[12]),
            BoundingBox = default,
            PredictedIou = 1,
            StabilityScore = 1,
            CropBox = new BoxXywh(0, 0, 4, 3),
        }]);
        var data = _ml.Data.LoadFromEnumerable([new ImageRow(), new ImageRow { Image = image, Masks = masks }]);
        var view = _ml.Transforms.ExpandMasks("Mask", "Masks", "Image").Fit(data).Transform(data);
        Assert.Single(ColumnDigest.Of(view, ["Mask.Area"]));
        if (problem is null)
        {
            Assert.Single(ColumnDigest.Of(view, ["Mask.MeanColor"]));
            return;
        }

        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(view, ["Mask.MeanColor"]));
        Assert.EndsWith(problem, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(
            width == 0 ? "Row 1: Column 'Image'" : "Row 1 (plain.png): Column 'Image'", error.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidDataException>(error.InnerException);
    }

    private static MLImage Plain(int width, int height)
    {
        var bytes = new byte[4 * width * height];
        bytes.AsSpan().Fill(200);
        var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, bytes);
        image.Tag = "plain.png";
        return image;
    }

    /// <summary>An image of 100 rows of noise, so that every part of the file holds some of them.</summary>
    private static byte[] Encode(SKEncodedImageFormat format, bool opaque, int emptyRows)
    {
        using var bitmap = new SKBitmap(
            new SKImageInfo(100, 100, SKColorType.Rgba8888, opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul));
        var random = new Random(1);
        for (var y = 0; y < 100; y++)
        {
            for (var x = 0; x < 100; x++)
            {
                var color = new SKColor((uint)random.Next(1 << 24));
                bitmap.SetPixel(x, y, y < 100 - emptyRows ? color.WithAlpha(255) : SKColor.Empty);
            }
        }

        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    private RowMappingTransformer Transformer(string stage, IDataView data, long maximumPixels = 100_000_000) => stage switch
    {
        "Generate" => _ml.Transforms.GenerateMasks(
            "Pixels", "Image", StageData.GenerationOptions with { MaximumPixels = maximumPixels }).Fit(data),
        "Encode" => _ml.Transforms.EncodeSam2Images(
            "Pixels", "Image", new() { Model = StageData.Micro, MaximumPixels = maximumPixels }).Fit(data),
        _ => _ml.Transforms.PreprocessSam2Images(
            "Pixels", "Image", new() { Model = StageData.Micro, MaximumPixels = maximumPixels }).Fit(data),
    };

    private IDataView Images(MLImage image) => _ml.Data.LoadFromEnumerable([new ImageRow { Image = image }]);

    private IDataView Files(params byte[][] files)
    {
        var rows = files.Select((bytes, i) => new StageData.PathRow { Path = _folder.Write($"{i}.image", bytes) }).ToList();
        var data = _ml.Data.LoadFromEnumerable(rows);
        return _ml.Transforms.LoadImages("Image", null, "Path").Fit(data).Transform(data);
    }

    private sealed class ImageRow
    {
        // A schema without any plain column cannot be saved.
        public int Number { get; set; }

        [ImageType(100, 100)]
        public MLImage? Image { get; set; }

        [MaskSetType]
        public MaskSet? Masks { get; set; }
    }
}
