using System.Globalization;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Tests.Docs;

/// <summary>Holds the table of docs/thresholds.md to what the program finds.</summary>
public partial class ThresholdsPageTests
{
    private const double FoundIou = 0.8;

    // Sums in another order, as other vectors make them, may put a mask on the other side of a threshold.
    private const double MostOtherMasks = 0.02;

    [Fact]
    public void Table_EveryRow_IsTrue()
    {
        var image = RgbImage.Load(Fixture.Path("images/breakfast.png"));
        var truth = TrueObjects(Fixture.Path("images/breakfast-labels.png"));
        var page = File.ReadAllText(Path.Combine(Repository.Root(), "docs", "thresholds.md"));
        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano);
        var encoded = encoder.Encode(image, TestContext.Current.CancellationToken);
        var rows = Row().Matches(page);
        Assert.True(rows.Count > 10);
        foreach (Match row in rows)
        {
            var options = Options(row.Groups[1].Value, row.Groups[2].Value);
            using var generator = new AutomaticMaskGenerator(options);

            // Crops are encoded from the image itself.
            var masks = options.CropLayers > 0
                ? generator.Generate(image, cancellationToken: TestContext.Current.CancellationToken)
                : generator.Generate(encoded, cancellationToken: TestContext.Current.CancellationToken);

            var said = Number(row.Groups[3].Value);
            Assert.True(Math.Abs(masks.Count - said) <= Math.Max(1, MostOtherMasks * said), $"{row.Value}: {masks.Count} masks");
            var found = truth.Count(expected => masks.Any(mask => MaskIou.Of(expected, mask.Segmentation) >= FoundIou));
            Assert.True(found == Number(row.Groups[4].Value), $"{row.Value}: {found} objects");
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static AutomaticMaskGenerationOptions Options(string name, string value)
    {
        var options = new AutomaticMaskGenerationOptions { Model = Sam2Model.Nano };
        var number = value.Length > 0 ? float.Parse(value, CultureInfo.InvariantCulture) : 0;
        return name switch
        {
            "none" => options,
            "--pred-iou-thresh" => options with { PredictedIouThreshold = number },
            "--stability-score-thresh" => options with { StabilityScoreThreshold = number },
            "--box-nms-thresh" => options with { BoxNmsThreshold = number },
            "--points-per-side" => options with { PointsPerSide = (int)number },
            "--crop-n-layers" => options with { CropLayers = (int)number },
            "--min-mask-region-area" => options with { MinMaskRegionArea = (int)number },
            _ => throw new InvalidOperationException($"The page has an option that this test does not know: {name}."),
        };
    }

    // The label image holds the object's number in every pixel, 0 for table and wall.
    private static List<RunLengthEncoding> TrueObjects(string path)
    {
        var labels = RgbImage.Load(path);
        var numbers = Enumerable.Range(0, (int)labels.Size.PixelCount).Select(i => (int)labels.Pixels[3 * i]).ToArray();
        return [.. numbers.Distinct().Where(number => number > 0)
            .Select(number => RunLengthEncoding.FromMask(labels.Size, Array.ConvertAll(numbers, n => n == number)))];
    }

    [GeneratedRegex(@"^\| `?(none|--[\w-]+)(?: ([\d.]+)`)? \| (\d+) \| (\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
