using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Stages;

/// <summary>Values in plain columns that mean nothing: each is refused with row, column, what was expected and what was found.</summary>
public class StageInputTests
{
    private static readonly string[] Masks = ["Masks"];
    private static readonly int[] Sides = [int.MinValue, -1, 0, 1, 2, 3, 46_340, 46_341, 50_000, 65_536, int.MaxValue - 1, int.MaxValue];
    private readonly MLContext _ml = new(seed: 1);

    [Property(MaxTest = 500)]
    public void ImageSize_AnyNumbers_IsASizeOrNoneOrRefused(int width, int height, byte mix)
    {
        // Half of the time sides at the bounds, and sides whose product is at the bound.
        var pair = (mix % 4) switch
        {
            0 => (Sides[(width & int.MaxValue) % Sides.Length], Sides[(height & int.MaxValue) % Sides.Length]),
            1 when width > 0 => (width, (int.MaxValue / width) + (mix >> 7)),
            _ => (width, height),
        };
        var read = () => ReadSize(pair.Item1, pair.Item2);
        if (pair == (0, 0))
        {
            Assert.Null(read());
        }
        else if (pair.Item1 >= 1 && pair.Item2 >= 1 && (long)pair.Item1 * pair.Item2 <= int.MaxValue)
        {
            Assert.Equal(new ImageSize(pair.Item1, pair.Item2), read());
        }
        else
        {
            var error = Assert.Throws<InvalidDataException>(() => read());
            Assert.StartsWith("Column 'Embedding.ImageSize': expected ", error.Message, StringComparison.Ordinal);
            Assert.Contains($"found {pair.Item1}x{pair.Item2}", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(50_000, 50_000, "expected at most 2147483647 pixels, found 50000x50000 = 2500000000 pixels.")]
    [InlineData(0, 5, "expected width and height of at least 1, or 0 and 0 for no image; found 0x5.")]
    [InlineData(-3, -4, "expected width and height of at least 1, or 0 and 0 for no image; found -3x-4.")]
    public void Transform_EmbeddingOfAnImpossibleSize_NamesRowAndColumn(int width, int height, string problem)
    {
        var data = Rows(row => row.ImageSize = [width, height]);
        using var decoder = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions).Fit(data);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(decoder.Transform(data), Masks));
        Assert.Equal($"Row 1: Column 'Embedding.ImageSize': {problem}", error.Message);
    }

    [Theory]
    [InlineData("Embedding", float.NaN, 5)]
    [InlineData("Embedding.HighResolutionFeatures0", float.PositiveInfinity, 4000)]
    [InlineData("Embedding.HighResolutionFeatures1", float.NegativeInfinity, 0)]
    public void Transform_EmbeddingThatIsNotFinite_NamesRowColumnAndValue(string column, float value, int index)
    {
        var data = Rows(row => row.Tensor(column)[index] = value);
        using var decoder = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions).Fit(data);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(decoder.Transform(data), Masks));
        Assert.Equal(
            FormattableString.Invariant($"Row 1: Column '{column}': expected finite values, found {value} at index {index}."),
            error.Message);
    }

    [Fact]
    public void Transform_PixelsThatAreNotFinite_NameRowColumnAndValue()
    {
        var pixels = new float[3 * 128 * 128];
        pixels[777] = float.NaN;
        var data = _ml.Data.LoadFromEnumerable([new PixelRow { Pixels = pixels, ImageSize = [5, 4] }]);
        using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Pixels", new() { Model = StageData.Micro }).Fit(data);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(encoder.Transform(data), ["Embedding"]));
        Assert.Equal("Row 0: Column 'Pixels': expected finite values, found NaN at index 777.", error.Message);
    }

    [Theory]
    [InlineData("Points", "expected finite values, found NaN at index 1.", new[] { 1, float.NaN }, new[] { 1 }, new[] { 0f }, new float[0])]
    [InlineData("Points", "expected finite values, found Infinity at index 2.", new[] { 1, 2, float.PositiveInfinity, 3 }, new[] { 1, 1 },
        new[] { 0f, 0 }, new float[0])]
    [InlineData("Labels", "expected 1 (foreground) or 0 (background), found -1 at index 1.", new[] { 1f, 2, 3, 4 }, new[] { 1, -1 },
        new[] { 0f, 0 }, new float[0])]
    [InlineData("Labels", "expected one value for each of 2 points, found 0.", new[] { 1f, 2, 3, 4 }, new int[0], new[] { 0f, 0 },
        new float[0])]
    [InlineData("Objects", "expected one value for each of 1 points, found 3.", new[] { 1f, 2 }, new[] { 1 }, new[] { 0f, 0, 0 },
        new float[0])]
    [InlineData("Objects", "expected indices of objects from 0, found NaN at index 0", new[] { 1f, 2 }, new[] { 1 }, new[] { float.NaN },
        new float[0])]
    [InlineData("Objects", "expected indices of objects from 0, found 1048575 at index 0", new[] { 1f, 2 }, new[] { 1 },
        new[] { 1_048_575f }, new float[0])]
    [InlineData("Objects", "expected indices of objects from 0, found 3E+38 at index 0", new[] { 1f, 2 }, new[] { 1 }, new[] { 3e38f },
        new float[0])]
    [InlineData("Objects", "expected objects without a gap in their indices, found a point of object 2 and nothing of object 1.",
        new[] { 1f, 2, 3, 4, 5, 6 }, new[] { 1, 1, 1 }, new[] { 0f, 0, 2 }, new float[0])]
    [InlineData("Boxes", "expected finite values, found NaN at index 6.", new float[0], new int[0], new float[0],
        new[] { 1, 2, 10, 20, 1, 2, float.NaN, 20 })]
    [InlineData("Boxes", "expected finite values, found -Infinity at index 0.", new float[0], new int[0], new float[0],
        new[] { float.NegativeInfinity, 2, 10, 20 })]
    public void Transform_PromptsThatMeanNothing_NameRowAndColumn(
        string column, string problem, float[] points, int[] labels, float[] objects, float[] boxes)
    {
        var data = StageData.Prompted(
            _ml, new() { Path = StageData.Paths[0], Points = points, Labels = labels, Objects = objects, Boxes = boxes });
        using var stage = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions).Fit(data);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(stage.Transform(data), Masks));
        Assert.StartsWith($"Row 0: Column '{column}': {problem}", error.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidDataException>(error.InnerException);
    }

    [Fact]
    public void Transform_FeedbackMaskPartlyNaN_IsRefusedAndAllNaNIsNone()
    {
        var logits = Enumerable.Repeat(float.NaN, 2 * 32 * 32).ToArray();
        Assert.Equal([0, 0, 0, 1, 1, 1], Decoded(logits));
        logits[1500] = 1;
        var error = Assert.Throws<InvalidOperationException>(() => Decoded(logits));
        Assert.Equal("Row 0: Column 'Logits': expected finite values, found NaN at index 1024.", error.Message);

        int[] Decoded(float[] values)
        {
            var data = StageData.Prompted(_ml, new LogitsRow
            {
                Path = StageData.Paths[0], Points = [4, 4, 5, 5], Labels = [1, 1], Objects = [0, 1], Logits = values,
            });
            using var stage = _ml.Transforms.DecodeSam2Prompts(
                "Masks", "Embedding", StageData.PlainPromptOptions with { MaskLogitsColumn = "Logits" }).Fit(data);
            return _ml.Data.CreateEnumerable<ObjectRow>(stage.Transform(data), reuseRowObject: false).Single().Objects;
        }
    }

    [Fact]
    public void Transform_PromptThatTheDecoderRefuses_NamesTheRow()
    {
        // Corners swapped: plain numbers, but no box.
        var data = StageData.Prompted(_ml, new() { Path = StageData.Paths[0], Boxes = [10, 20, 1, 2] });
        using var stage = _ml.Transforms.DecodeSam2Prompts("Masks", "Embedding", StageData.PlainPromptOptions).Fit(data);
        var error = Assert.Throws<InvalidOperationException>(() => ColumnDigest.Of(stage.Transform(data), Masks));
        Assert.StartsWith("Row 0: Prompt 0: expected a box", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", error.Message, StringComparison.Ordinal);
        Assert.IsType<ArgumentException>(error.InnerException);
    }

    private static ImageSize? ReadSize(int width, int height)
    {
        var data = new MLContext().Data.LoadFromEnumerable([new EmbeddingRow { ImageSize = [width, height] }]);
        using var cursor = data.GetRowCursor(data.Schema);
        Assert.True(cursor.MoveNext());
        return new ImageSizeReader(cursor, "Embedding").Read();
    }

    private IDataView Rows(Action<EmbeddingRow> change)
    {
        var good = new EmbeddingRow { Points = [1, 2], Labels = [1], Objects = [0] };
        var bad = new EmbeddingRow { Points = [1, 2], Labels = [1], Objects = [0] };
        change(bad);
        return _ml.Data.LoadFromEnumerable([good, bad]);
    }

    private sealed class LogitsRow : StageData.PlainPromptRow
    {
        public float[] Logits { get; set; } = [];
    }

    private sealed class ObjectRow
    {
        [ColumnName("Masks.Object")]
        public int[] Objects { get; set; } = [];
    }

    private sealed class PixelRow
    {
        [VectorType(3, 128, 128)]
        public float[] Pixels { get; set; } = [];

        [ColumnName("Pixels.ImageSize")]
        [VectorType(2)]
        public int[] ImageSize { get; set; } = [];
    }

    private sealed class EmbeddingRow : StageData.PlainPromptRow
    {
        [VectorType(32, 8, 8)]
        public float[] Embedding { get; set; } = new float[32 * 8 * 8];

        [ColumnName("Embedding.HighResolutionFeatures0")]
        [VectorType(4, 32, 32)]
        public float[] HighResolutionFeatures0 { get; set; } = new float[4 * 32 * 32];

        [ColumnName("Embedding.HighResolutionFeatures1")]
        [VectorType(8, 16, 16)]
        public float[] HighResolutionFeatures1 { get; set; } = new float[8 * 16 * 16];

        [ColumnName("Embedding.ImageSize")]
        [VectorType(2)]
        public int[] ImageSize { get; set; } = [40, 30];

        public float[] Tensor(string column) => column switch
        {
            "Embedding" => Embedding,
            "Embedding.HighResolutionFeatures0" => HighResolutionFeatures0,
            _ => HighResolutionFeatures1,
        };
    }
}
