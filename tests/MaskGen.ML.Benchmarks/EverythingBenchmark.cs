using System.Diagnostics;
using System.Globalization;
using MaskGen.ML.Inference;
using MaskGen.ML.Masks;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Benchmarks;

/// <summary>Segmenting everything with the tiny architecture and formula weights: time, memory and what the image side costs.
/// <c>MaskGen.ML.Benchmarks everything [WIDTH HEIGHT [POINTS_PER_SIDE]]</c>; run it in a fresh process for each memory figure.</summary>
internal static class EverythingBenchmark
{
    private static readonly int Rounds = BenchmarkScale.Times(9);
    private static readonly int PointsPerBatch = BenchmarkScale.IsDryRun ? 2 : AutomaticMaskGenerationOptions.Defaults.PointsPerBatch;

    // Formula weights predict an IoU of 0.3 to 0.5 for anything: about a third of the masks passes.
    private const float PredictedIouThreshold = 0.45f;

    public static void Run(string[] args)
    {
        var numbers = Array.ConvertAll(args, text => int.Parse(text, CultureInfo.InvariantCulture));
        var size = numbers.Length >= 2 ? new ImageSize(numbers[0], numbers[1])
            : BenchmarkScale.IsDryRun ? new ImageSize(180, 120) : new ImageSize(1800, 1200);
        var pointsPerSide = numbers.Length >= 3 ? numbers[2]
            : BenchmarkScale.IsDryRun ? 2 : AutomaticMaskGenerationOptions.Defaults.PointsPerSide;
        var config = BenchmarkScale.Config;
        using var weights = DecoderBenchmark.FormulaWeights(config);
        using var encoder = new Sam2ImageEncoder(config, weights);
        using var decoder = Sam2PromptDecoder.CreateMaskDecoder(config, weights, null);
        var image = Image(size);
        Console.WriteLine(
            $"{size} image, {pointsPerSide * pointsPerSide} points, {Environment.ProcessorCount} threads; memory loaded {Memory()}");
        encoder.Encode(image);
        Console.WriteLine($"memory once encoded: {Memory()}");
        Generate(config, encoder, decoder, image, pointsPerSide);
        CompareWithDecoding(config, encoder.Encode(image), decoder);
    }

    private static void Generate(Sam2ModelConfig config, Sam2ImageEncoder encoder, IMaskDecoder decoder, RgbImage image, int pointsPerSide)
    {
        var options = new AutomaticMaskGenerationOptions
        {
            PointsPerSide = pointsPerSide,
            PredictedIouThreshold = PredictedIouThreshold,
            StabilityScoreThreshold = 0.5f,
        };
        using var generator = new AutomaticMaskGenerator(config, encoder.Encode, decoder, RecommendedThresholds.Official, options);
        var clock = Stopwatch.StartNew();
        var masks = generator.Generate(image);
        Console.WriteLine($"everything: {clock.Elapsed.TotalSeconds:0.00} s, {masks.Count} masks; memory {Memory()}");
    }

    private static string Memory()
    {
        using var process = Process.GetCurrentProcess();
        return $"{process.WorkingSet64 / 1e6:0} MB, at its peak {process.PeakWorkingSet64 / 1e6:0} MB";
    }

    // What one batch costs to decode, and what the image side costs: bringing masks to the size of the image, measuring and encoding them.
    // Formula weights give noise, with edges everywhere; a smooth mask of the same number of points is what a trained model gives.
    private static void CompareWithDecoding(Sam2ModelConfig config, EncodedImage image, IMaskDecoder decoder)
    {
        using var prepared = decoder.Prepare(image);
        var prompts = Prompts(config);
        var pixels = config.MaskSize * config.MaskSize;
        var upsampler = new MaskUpsampler(config.MaskSize, image.ImageSize);
        var smooth = MaskUpsamplerBenchmarks.Blob(config.MaskSize);
        MaskIndex[] all = [.. Enumerable.Range(0, PointsPerBatch * 3).Select(i => new MaskIndex(i / 3, 1 + (i % 3)))];
        foreach (var (name, masks) in new[] { ("all", all), ("a third", all.Where((_, i) => i % 3 == 0).ToArray()) })
        {
            var logits = new float[masks.Length * pixels];
            var (decoding, noisy, smoothed) = (new double[Rounds], new double[Rounds], new double[Rounds]);
            for (var round = 0; round < Rounds; round++)
            {
                decoding[round] = Milliseconds(() =>
                {
                    using var batch = decoder.Decode(prepared, prompts, CancellationToken.None);
                    batch.UpscaleMasks(masks, logits);
                });
                noisy[round] = Milliseconds(
                    () => Parallel.For(0, masks.Length, i => upsampler.Measure(logits.AsSpan(i * pixels, pixels), new MaskCut(0, 1))));
                smoothed[round] = Milliseconds(() => Parallel.For(0, masks.Length, _ => upsampler.Measure(smooth, new MaskCut(0, 1))));
            }

            var decode = Median(decoding) / PointsPerBatch;
            Console.WriteLine(
                $"{name} of three masks per point survive: decode {decode:0.00} ms per point; "
                + $"image side {Share(smoothed)} for smooth masks, {Share(noisy)} for noise");

            string Share(double[] times) =>
                $"{Median(times) / PointsPerBatch:0.00} ms ({100 * Median(times) / PointsPerBatch / decode:0.0} %)";
        }
    }

    private static PromptBatch Prompts(Sam2ModelConfig config)
    {
        var random = new Random(7);
        var coordinates = new float[PointsPerBatch * 4];
        var labels = new PromptTokenLabel[PointsPerBatch * 2];
        for (var i = 0; i < PointsPerBatch; i++)
        {
            coordinates[4 * i] = random.NextSingle() * config.ImageSize;
            coordinates[(4 * i) + 1] = random.NextSingle() * config.ImageSize;
            (labels[2 * i], labels[(2 * i) + 1]) = (PromptTokenLabel.Foreground, PromptTokenLabel.Padding);
        }

        return new PromptBatch(2, coordinates, labels, default);
    }

    // Blocks of colour with a little noise: the content hardly matters to the time, but a flat image would.
    internal static RgbImage Image(ImageSize size)
    {
        var random = new Random(3);
        var pixels = new byte[3 * size.PixelCount];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i / 3 % size.Width, i / 3 / size.Width);
            pixels[i] = (byte)(((x / 90 * 53) + (y / 70 * 31) + (i % 3 * 71)) % 220 + random.Next(30));
        }

        return RgbImage.FromPixels(size, pixels);
    }

    private static double Milliseconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
