using FsCheck.Xunit;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Masks;

public class MaskUpsamplerTests
{
    private static readonly MaskCut Cut = new(0, 1);

    [Theory]
    [InlineData(32, 1, 1)]
    [InlineData(32, 17, 40)]
    [InlineData(32, 40, 17)]
    [InlineData(32, 32, 32)]
    [InlineData(32, 63, 64)]
    [InlineData(32, 65, 129)]
    [InlineData(32, 211, 320)]
    [InlineData(20, 100, 75)]
    [InlineData(128, 960, 640)]
    [InlineData(256, 300, 1200)]
    public void Measure_SmoothLogits_AgreesWithTheNaiveTwin(int maskSize, int width, int height)
    {
        var target = new ImageSize(width, height);
        var logits = Smooth(maskSize, seed: width + height);

        AssertAgrees(logits, maskSize, target, Cut);
        AssertAgrees(logits, maskSize, target, new MaskCut(2.5f, 0.5f));
    }

    [Theory]
    [InlineData(32, 50, 70)]
    [InlineData(128, 333, 222)]
    public void Measure_NoiseLogits_AgreesWithTheNaiveTwin(int maskSize, int width, int height)
    {
        var random = new Random(1);
        float[] logits = [.. Enumerable.Range(0, maskSize * maskSize).Select(_ => (random.NextSingle() * 8) - 4)];

        AssertAgrees(logits, maskSize, new ImageSize(width, height), Cut);
    }

    [Fact]
    public void Measure_NothingAboveTheLenientCut_IsEmptyWithoutStability()
    {
        var measured = new MaskUpsampler(32, new ImageSize(50, 60)).Measure(Constant(-5), Cut);

        Assert.True(float.IsNaN(measured.StabilityScore));
        Assert.Equal([3000], measured.Mask.Counts);
    }

    [Fact]
    public void Measure_EverythingAbove_IsFullAndStable()
    {
        var measured = new MaskUpsampler(32, new ImageSize(50, 60)).Measure(Constant(5), Cut);

        Assert.Equal(1, measured.StabilityScore);
        Assert.Equal([0, 3000], measured.Mask.Counts);
    }

    [Fact]
    public void Measure_OnTheThreshold_IsBackground()
    {
        var measured = new MaskUpsampler(32, new ImageSize(50, 60)).Measure(Constant(0), Cut);

        Assert.Equal(0, measured.Mask.Area);
        Assert.Equal(0, measured.StabilityScore);
    }

    [Property(MaxTest = 100)]
    public void Measure_OneLogitThatIsNotFinite_IsRefused(int seed)
    {
        var random = new Random(seed);
        var size = random.Next(2, 40);
        float[] logits = [.. Enumerable.Range(0, size * size).Select(_ => (random.NextSingle() * 30) - 15)];
        var upsampler = new MaskUpsampler(size, new ImageSize(random.Next(1, 90), random.Next(1, 90)));
        upsampler.Measure(logits, Cut);
        logits[random.Next(logits.Length)] = ((float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])[random.Next(3)];

        Assert.Throws<InvalidDataException>(() => upsampler.Measure(logits, Cut));
    }

    [Fact]
    public void Measure_ManyThreads_AllGiveTheSame()
    {
        var upsampler = new MaskUpsampler(32, new ImageSize(211, 320));
        var logits = Smooth(32, 5);
        var expected = upsampler.Measure(logits, Cut);

        Parallel.For(0, 64, _ =>
        {
            var measured = upsampler.Measure(logits, Cut);
            Assert.Equal(expected.StabilityScore, measured.StabilityScore);
            Assert.True(expected.Mask.Counts.SequenceEqual(measured.Mask.Counts));
        });
    }

    private static void AssertAgrees(float[] logits, int maskSize, ImageSize target, MaskCut cut)
    {
        var measured = new MaskUpsampler(maskSize, target).Measure(logits, cut);

        var naive = NaiveMaskUpsampler.Upsample(logits, maskSize, target);
        var mask = measured.Mask.ToMask();
        for (var i = 0; i < naive.Length; i++)
        {
            // Within rounding of the threshold either side is right.
            if (Math.Abs(naive[i] - cut.Threshold) > 1e-5)
            {
                Assert.True(naive[i] > cut.Threshold == mask[i], $"pixel {i}: logit {naive[i]}, mask {mask[i]}");
            }
        }

        var stability = (float)naive.Count(logit => logit > cut.Strict) / naive.Count(logit => logit > cut.Lenient);
        Assert.Equal(stability, measured.StabilityScore, 1e-4f);
        Assert.Equal(target.PixelCount, measured.Mask.Counts.ToArray().Sum(count => (long)count));
    }

    // A few waves: regions far from the threshold with edges between them, as masks have.
    private static float[] Smooth(int size, int seed)
    {
        var random = new Random(seed);
        var (a, b, c) = (random.NextDouble() * 6, random.NextDouble() * 6, random.NextDouble() * 6);
        return
        [
            .. Enumerable.Range(0, size * size).Select(i =>
                (float)(12 * Math.Sin(a + (i % size * 7.0 / size)) * Math.Cos(b + (i / size * 5.0 / size))
                    + (4 * Math.Sin(c + (i * 9.0 / size / size))))),
        ];
    }

    private static float[] Constant(float value) => [.. Enumerable.Repeat(value, 32 * 32)];
}
