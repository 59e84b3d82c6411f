namespace MaskGen.ML.Tests.Generation;

/// <summary>The whole generator against what the references found, as sets.</summary>
public class AutomaticMaskGeneratorParityTests
{
    // A mask may fall on the other side of a threshold by rounding.
    private const double CountTolerance = 0.02;

    // A pixel at the edge may fall on the other side of the threshold by rounding.
    private const double MatchIou = 0.98;
    private const float ScoreTolerance = 1e-3f;

    // Boxes move by a pixel where a logit at the edge is within rounding of the threshold.
    private const float BoxTolerance = 2;

    [Theory]
    [InlineData("micro", "breakfast-meta-crops")]
    [InlineData("micro", "breakfast-meta-m2m")]
    [InlineData("micro", "breakfast-meta-small-regions")]
    [InlineData("micro", "breakfast-transformers")]
    [InlineData("micro", "scene-meta-crops")]
    [InlineData("micro", "scene-meta-m2m")]
    [InlineData("micro", "scene-meta-small-regions")]
    [InlineData("micro", "scene-transformers")]
    [InlineData("nano", "breakfast-meta-crops")]
    [InlineData("nano", "breakfast-transformers-defaults")]
    [InlineData("nano", "breakfast-transformers-nano")]
    [InlineData("nano", "still-life-meta-crops")]
    [InlineData("nano", "still-life-transformers-defaults")]
    [InlineData("nano", "still-life-transformers-nano")]
    public void Generate_ReferenceSettings_FindsTheReferencesMasks(string model, string name)
    {
        var golden = EverythingGolden.Read(model, name);
        var image = RgbImage.Load(Fixture.Path($"images/{golden.Image}.png"));
        using var generator = golden.Reference == "meta"
            ? new AutomaticMaskGenerator(golden.Options() with { Model = Sam2Model.FromFile(Fixture.Path(model)) })
            : new PipelineTwin(model, golden.Options(), image.Size).Generator;

        var masks = generator.Generate(image, cancellationToken: TestContext.Current.CancellationToken);

        Assert.InRange(masks.Count, golden.Masks.Length * (1 - CountTolerance), golden.Masks.Length * (1 + CountTolerance));
        var missing = new List<string>();
        var free = masks.ToList();
        foreach (var expected in golden.Masks)
        {
            var best = free.Select(mask => (Mask: mask, Iou: MaskIou.Of(expected.Segmentation.Counts, mask.Segmentation.Counts)))
                .Where(match => match.Iou >= MatchIou)
                // The random model gives many points nearly the same mask: the score tells which is meant.
                .OrderBy(match => Math.Abs(match.Mask.PredictedIou - expected.PredictedIou))
                .FirstOrDefault();
            if (best.Mask is null)
            {
                missing.Add($"predicted IoU {expected.PredictedIou}, stability {expected.StabilityScore}");
                continue;
            }

            free.Remove(best.Mask);
            AssertFields(expected, best.Mask);
        }

        Assert.True(missing.Count <= golden.Masks.Length * CountTolerance, $"{missing.Count} not found: {string.Join("; ", missing)}");
    }

    private static void AssertFields(EverythingMask expected, MaskRecord actual)
    {
        Assert.Equal(expected.PredictedIou, actual.PredictedIou, ScoreTolerance);
        if (expected.StabilityScore is { } stability)
        {
            Assert.Equal(stability, actual.StabilityScore, ScoreTolerance);
        }

        if (expected.Area is { } area)
        {
            Assert.InRange(actual.Area, area * MatchIou, area / MatchIou);
        }

        if (expected.Bbox is { } box)
        {
            AssertBox(box, actual.BoundingBox, BoxTolerance);
        }

        if (expected.BboxXyxy is { } corners)
        {
            AssertBox([corners[0], corners[1], corners[2] - corners[0], corners[3] - corners[1]], actual.BoundingBox, BoxTolerance);
        }

        if (expected.CropBox is { } crop)
        {
            AssertBox(crop, actual.CropBox, 0);
        }

        if (expected.PointCoords is { } points)
        {
            var point = Assert.Single(actual.Points);
            Assert.Equal(points[0][0], point.X, 1e-3f);
            Assert.Equal(points[0][1], point.Y, 1e-3f);
        }
    }

    private static void AssertBox(float[] expected, BoxXywh actual, float tolerance) =>
        Near.Assert("box", expected, [actual.X, actual.Y, actual.Width, actual.Height], tolerance);
}
