using System.Text.Json;

namespace MaskGen.ML.Tests.Results;

/// <summary>Images and masks to make pages of.</summary>
internal static class ReportPages
{
    /// <summary>The rendered still life with the masks that the references found on it.</summary>
    public static (RgbImage Image, MaskSet Masks) StillLife() => Everything("still-life", "transformers-nano");

    /// <summary>An image of the fixtures with the masks of one of the recorded runs.</summary>
    public static (RgbImage Image, MaskSet Masks) Everything(string name, string run)
    {
        var image = RgbImage.Load(Fixture.Path($"images/{name}.png"));
        using var json = JsonDocument.Parse(File.ReadAllBytes(Fixture.Path($"nano/everything-{name}-{run}.json")));
        var masks = json.RootElement.GetProperty("masks").EnumerateArray().Select(mask => Record(mask, image.Size)).ToArray();
        return (image, new MaskSet(image.Size, masks));
    }

    /// <summary>Size of the image of <see cref="ThreeDiscs"/>.</summary>
    public static ImageSize DiscsSize => new(120, 80);

    /// <summary>1: a disc at the left; 2: a larger one at the right; 3: a small one on top of 2, whose stability is unknown.</summary>
    public static MaskSet ThreeDiscs() => new(DiscsSize,
    [
        Record(Disc(DiscsSize, 30, 40, 15), 0.9f, 0.8f),
        Record(Disc(DiscsSize, 75, 40, 25), 0.8f, 0.95f),
        Record(Disc(DiscsSize, 70, 40, 8), 0.7f, float.NaN),
    ]);

    /// <summary>An image of one grey.</summary>
    public static RgbImage Plain(ImageSize size) =>
        RgbImage.FromPixels(size, Enumerable.Repeat((byte)128, 3 * (int)size.PixelCount).ToArray());

    /// <summary>Discs all over an image, in sizes from a few pixels to a quarter of it, with scores that differ.</summary>
    public static (RgbImage Image, MaskSet Masks) ManyDiscs(ImageSize size, int count)
    {
        var random = new Random(7);
        var pixels = new byte[3 * size.PixelCount];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(96 + (64 * Math.Sin(i * 0.0003)) + random.Next(20));
        }

        var masks = Enumerable.Range(0, count).Select(index =>
        {
            var radius = 3 + (Math.Min(size.Width, size.Height) / 4.0 * Math.Pow(random.NextDouble(), 4));
            var disc = Disc(size, random.Next(size.Width), random.Next(size.Height), radius);
            return Record(disc, predictedIou: 0.5f + (index / (2f * count)), stability: (float)(0.6 + (0.4 * random.NextDouble())));
        });
        return (RgbImage.FromPixels(size, pixels), new MaskSet(size, masks.ToArray()));
    }

    /// <summary>A mask of all pixels within a radius.</summary>
    public static RunLengthEncoding Disc(ImageSize size, int x0, int y0, double radius)
    {
        var counts = new List<int>();
        var end = 0;
        for (var x = Math.Max(0, (int)Math.Ceiling(x0 - radius)); x < Math.Min(size.Width, x0 + radius); x++)
        {
            var half = Math.Sqrt((radius * radius) - ((x - x0) * (x - x0)));
            var (top, bottom) = (Math.Max(0, (int)Math.Ceiling(y0 - half)), Math.Min(size.Height, (int)Math.Floor(y0 + half) + 1));
            if (bottom > top)
            {
                var start = (x * size.Height) + top;
                counts.Add(start - end);
                counts.Add(bottom - top);
                end = start + bottom - top;
            }
        }

        counts.Add((int)size.PixelCount - end);
        return new RunLengthEncoding(size, counts.ToArray());
    }

    /// <summary>A record around a mask.</summary>
    public static MaskRecord Record(RunLengthEncoding mask, float predictedIou, float stability) => new()
    {
        Segmentation = mask,
        BoundingBox = mask.BoundingBox,
        PredictedIou = predictedIou,
        StabilityScore = stability,
        CropBox = new BoxXywh(0, 0, mask.Size.Width, mask.Size.Height),
    };

    private static MaskRecord Record(JsonElement mask, ImageSize size)
    {
        var counts = mask.GetProperty("segmentation").GetProperty("counts").EnumerateArray().Select(count => count.GetInt32()).ToArray();
        return Record(
            new RunLengthEncoding(size, counts),
            mask.GetProperty("predicted_iou").GetSingle(),
            mask.TryGetProperty("stability_score", out var stability) ? stability.GetSingle() : 0.9f) with
        {
            Points = mask.TryGetProperty("point_coords", out var points)
                ? [.. points.EnumerateArray().Select(point => new PointPrompt(point[0].GetSingle(), point[1].GetSingle()))]
                : [],
        };
    }
}
