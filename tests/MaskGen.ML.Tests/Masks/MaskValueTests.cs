using System.Globalization;
using FsCheck.Xunit;

namespace MaskGen.ML.Tests.Masks;

/// <summary>Masks, records and sets as values: equality, factories, questions, texts.</summary>
public class MaskValueTests
{
    private static readonly ImageSize Size = new(3, 2);

    [Property]
    public void Equals_RunLengths_GoesByThePixels(byte width, byte height, int seed, int position)
    {
        var (size, pixels) = RunLengthEncodingTests.RandomMask(width, height, seed);
        var mask = RunLengthEncoding.FromMask(size, pixels);
        var split = RunLengthEncoding.FromCounts(size, [0, 0, .. mask.Counts]);
        var same = RunLengthEncoding.FromMask(size, pixels);
        pixels[(int)((uint)position % pixels.Length)] ^= true;
        var other = RunLengthEncoding.FromMask(size, pixels);

        Assert.True(mask == same && mask == split && !(mask != split));
        Assert.Equal(mask, (object)split);
        Assert.Equal(mask.GetHashCode(), split.GetHashCode());
        Assert.True(mask != other && other != mask);
        Assert.NotEqual(mask, (object)other);
    }

    [Fact]
    public void Equals_SameRunsOfAnotherSize_AreDifferent()
    {
        Assert.NotEqual(RunLengthEncoding.FromCounts(Size, [2, 2, 2]), RunLengthEncoding.FromCounts(new ImageSize(2, 3), [2, 2, 2]));
        Assert.NotEqual(RunLengthEncoding.FromCounts(new ImageSize(0, 2), [0]), RunLengthEncoding.FromCounts(default, [0]));
        Assert.False(RunLengthEncoding.FromCounts(Size, [6]) == null);
        Assert.True((RunLengthEncoding?)null == null);
    }

    [Property]
    public void Contains_AnyPixel_AgreesWithTheMask(byte width, byte height, int seed)
    {
        var (size, pixels) = RunLengthEncodingTests.RandomMask(width, height, seed);
        var mask = RunLengthEncoding.FromMask(size, pixels);

        for (var y = -1; y <= size.Height; y++)
        {
            for (var x = -1; x <= size.Width; x++)
            {
                var isInside = x >= 0 && x < size.Width && y >= 0 && y < size.Height;
                Assert.Equal(isInside && pixels[(y * size.Width) + x], mask.Contains(x, y));
            }
        }
    }

    [Fact]
    public void Contains_OutsideOfAnyNumber_IsFalse()
    {
        var full = RunLengthEncoding.FromCounts(Size, [0, 6]);

        Assert.False(full.Contains(int.MaxValue, 0) || full.Contains(0, int.MaxValue) || full.Contains(int.MinValue, int.MinValue));
    }

    [Fact]
    public void From_AMask_HasItsBoxAndTheWholeImageAsCrop()
    {
        var mask = RunLengthEncoding.FromCounts(Size, [2, 2, 2]);

        var record = MaskRecord.From(mask);

        Assert.Equal((mask, new BoxXywh(1, 0, 0, 1), new BoxXywh(0, 0, 3, 2)), (record.Segmentation, record.BoundingBox, record.CropBox));
        Assert.Equal((float.NaN, float.NaN, 0, null), (record.PredictedIou, record.StabilityScore, record.ObjectScoreLogit, record.Box));
        Assert.Empty(record.Points);
        Assert.Equal(default, MaskRecord.From(RunLengthEncoding.FromCounts(Size, [6])).BoundingBox);
        Assert.Throws<ArgumentNullException>(() => MaskRecord.From(null!));
    }

    [Fact]
    public void Equals_Records_GoesByEveryValue()
    {
        MaskRecord Make() => MaskRecord.From(RunLengthEncoding.FromCounts(Size, [2, 2, 2])) with
        {
            PredictedIou = 0.5f, Points = new List<PointPrompt> { new(1, 2) }, Box = new BoxXyxy(0, 0, 1, 1),
        };
        var mask = Make();

        Assert.Equal(mask, Make());
        Assert.Equal(mask.GetHashCode(), Make().GetHashCode());
        MaskRecord[] others =
        [
            mask with { Segmentation = RunLengthEncoding.FromCounts(Size, [1, 2, 3]) },
            mask with { BoundingBox = default },
            mask with { PredictedIou = 0.25f },
            mask with { StabilityScore = 1 },
            mask with { Points = [] },
            mask with { Points = [new(1, 3)] },
            mask with { Box = null },
            mask with { CropBox = default },
            mask with { ObjectScoreLogit = 1 },
            mask with { Label = "cat" },
            mask with { PromptScore = 0 },
        ];
        Assert.All(others, other => Assert.NotEqual(mask, other));
        Assert.Equal(others.Length, others.Distinct().Count());
    }

    [Fact]
    public void Points_OfTheCaller_AreCopied()
    {
        var points = new List<PointPrompt> { new(1, 2) };
        var mask = MaskRecord.From(RunLengthEncoding.FromCounts(Size, [6])) with { Points = points };

        points[0] = new(3, 4);

        Assert.Equal([new(1, 2)], mask.Points);
        Assert.False(mask.Points is PointPrompt[] or List<PointPrompt>);
        Assert.Throws<ArgumentNullException>(() => mask with { Points = null! });
        Assert.Throws<ArgumentNullException>(() => mask with { Segmentation = null! });
    }

    [Theory]
    [InlineData(new[] { 0.5f, 0.9f, 0.9f }, 1)]
    [InlineData(new[] { float.NaN, 0.1f, 0f }, 1)]
    [InlineData(new[] { float.NaN, float.NaN }, 0)]
    [InlineData(new[] { -1f }, 0)]
    [InlineData(new[] { float.NaN, float.NegativeInfinity }, 1)]
    public void Best_IsTheFirstOfTheHighestPredictedIou(float[] ious, int expected)
    {
        var masks = new MaskSet(
            Size, [.. ious.Select(iou => MaskRecord.From(RunLengthEncoding.FromCounts(Size, [6])) with { PredictedIou = iou })]);

        Assert.Same(masks[expected], masks.Best);
    }

    [Fact]
    public void Best_OfNoMasks_IsNull() => Assert.Null(MaskSet.Empty.Best);

    [Fact]
    public void FromCocoRle_OfColumns_GivesTheMasks()
    {
        var masks = MaskSet.FromCocoRle(Size, ["222", "06"], [0.5f, 0.25f], [float.NaN, 1]);

        Assert.Equal(Size, masks.ImageSize);
        Assert.Equal(
            [
                MaskRecord.From(RunLengthEncoding.FromCounts(Size, [2, 2, 2])) with { PredictedIou = 0.5f },
                MaskRecord.From(RunLengthEncoding.FromCounts(Size, [0, 6])) with { PredictedIou = 0.25f, StabilityScore = 1 },
            ],
            masks);
        Assert.Equal([MaskRecord.From(RunLengthEncoding.FromCounts(Size, [6]))], MaskSet.FromCocoRle(Size, ["6"]));
        Assert.Empty(MaskSet.FromCocoRle(default, []));
    }

    [Fact]
    public void FromCocoRle_WhatDoesNotFit_IsNamed()
    {
        Assert.StartsWith(
            "Mask 1: ", Assert.Throws<FormatException>(() => MaskSet.FromCocoRle(Size, ["6", "7"])).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "Mask 0: ", Assert.Throws<ArgumentException>(() => MaskSet.FromCocoRle(Size, [null!])).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "Expected 1 scores, one per mask, found 2.",
            Assert.Throws<ArgumentException>(() => MaskSet.FromCocoRle(Size, ["6"], [1, 2])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => MaskSet.FromCocoRle(Size, ["6"], null, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskSet.FromCocoRle(new ImageSize(-1, 1), []));
        Assert.Throws<ArgumentNullException>(() => MaskSet.FromCocoRle(Size, null!));
    }

    [Fact]
    public void ToString_OfEachType_SaysWhatItIsInAnyCulture()
    {
        var culture = CultureInfo.CurrentCulture;
        try
        {
            var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (other.NumberFormat.NumberDecimalSeparator, other.NumberFormat.NegativeSign) = (",", "~");
            CultureInfo.CurrentCulture = other;
            var mask = RunLengthEncoding.FromCounts(Size, [2, 1, 3]);
            var record = MaskRecord.From(mask) with { PredictedIou = 0.91249f, StabilityScore = 0.5f };

            Assert.Equal("Mask of 1 pixel in 3x2", $"{mask}");
            Assert.Equal("Mask of 1 pixel in 3x2, predicted IoU 0.912, stability 0.500", $"{record}");
            Assert.Equal("1 mask of 3x2 pixels", $"{new MaskSet(Size, [record])}");
            Assert.Equal("2 masks of 3x2 pixels", $"{new MaskSet(Size, [record, record])}");
            Assert.Equal("RGB image of 3x2 pixels", $"{RgbImage.FromPixels(Size, new byte[18])}");
            Assert.Equal("SAM 2 model nano", $"{Sam2Model.Nano}");
            Assert.Equal("1 prompt", $"{Sam2PromptSet.Create([Sam2Prompt.FromPoint(1, 2)])}");
            Assert.Equal("Encoded image of 3x2 pixels, model input 64", $"{new EncodedImage(Size, 64, default, default, default)}");
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
