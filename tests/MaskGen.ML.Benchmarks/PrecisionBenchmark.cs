using System.Diagnostics;
using System.Globalization;
using MaskGen.ML.Inference;
using MaskGen.ML.Models;
using MaskGen.ML.Results;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Benchmarks;

/// <summary>What an image encoder in int8, or float16, saves and costs: <c>MaskGen.ML.Benchmarks precision [float16] [SIZE...]</c>. Time
/// against float32 for the official architectures with formula weights, both in one process and in turn; masks against float32's with nano,
/// which is trained.</summary>
/// <param name="precision">What is compared with float32.</param>
internal sealed class PrecisionBenchmark(EncoderPrecision precision)
{
    private const string Nano = "nano";
    private static readonly int Rounds = BenchmarkScale.Times(7);
    private static readonly int PointsPerSide = BenchmarkScale.IsDryRun ? 2 : 16;
    private static readonly string[] Images = BenchmarkScale.IsDryRun ? ["scene.png"] : ["still-life.png", "breakfast.png", "scene.png"];

    private string PrecisionName => precision.ToString().ToLowerInvariant();

    public static void Run(string[] arguments)
    {
        const string float16 = "float16";
        var precision = arguments.Contains(float16) ? EncoderPrecision.Float16 : EncoderPrecision.Int8;
        new PrecisionBenchmark(precision).RunSizes([.. arguments.Where(argument => argument != float16)]);
    }

    private void RunSizes(string[] sizes)
    {
        var all = BenchmarkScale.IsDryRun ? [new("dry", BenchmarkScale.Config)] : OfficialArchitectures.BySize.ToArray();
        var chosen = sizes.Length == 0 ? all : [.. all.Where(size => sizes.Contains(Shown(size.Key)))];
        Console.WriteLine(
            $"{Environment.ProcessorCount} threads; fast products of 8 bits: {(Int8Processor.IsFast ? "yes" : "no")}; {Rounds} rounds\n");
        Console.WriteLine(
            $"| model | float32, median (least) | {PrecisionName}, median (least) | {PrecisionName} of float32 | embedding differs by |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (size, config) in chosen)
        {
            using var weights = DecoderBenchmark.FormulaWeights(config);
            Row(Shown(size), config, weights);
        }

        if (sizes.Length == 0 || sizes.Contains(Nano))
        {
            using var opened = Sam2Model.Nano.OpenVerified();
            Row(Nano, opened.Config, opened.Weights);
            Console.WriteLine();
            Masks(opened);
        }
    }

    private static string Shown(string size) => size.Replace('_', '-');

    private void Row(string name, Sam2ModelConfig config, Checkpoints.ICheckpoint weights)
    {
        using var exact = Encoder(config, weights, EncoderPrecision.Float32);
        using var other = Encoder(config, weights, precision);
        var image = RgbImage.Load(PathOf(Images[0]));
        var difference = Difference(exact.Encode(image), other.Encode(image));
        var (first, second) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            first[round] = Seconds(exact, image);
            second[round] = Seconds(other, image);
        }

        var ratios = first.Zip(second, (full, eight) => eight / full).ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {Median(first):0.00} s ({first.Min():0.00} s) | {Median(second):0.00} s ({second.Min():0.00} s) | "
            + $"{Median(ratios):0.00} | {100 * difference:0.0} % |"));
    }

    // Of masks of the model with the precision, against those with float32.
    private void Masks(OpenedSam2Model opened)
    {
        Console.WriteLine("| nano on | masks compared | IoU, median | mean | 10th percentile | of 0.9 and more |");
        Console.WriteLine("|---|---|---|---|---|---|");
        using var exact = Encoder(opened.Config, opened.Weights, EncoderPrecision.Float32);
        using var other = Encoder(opened.Config, opened.Weights, precision);
        using var masks = Sam2PromptDecoder.CreateMaskDecoder(opened.Config, opened.Weights, null);
        using var decoder = new Sam2PromptDecoder(opened.Config, masks);
        var (points, best, everything) = (new List<double>(), new List<double>(), new List<double>());
        foreach (var name in Images)
        {
            var image = RgbImage.Load(PathOf(name));
            var (first, second) = (exact.Encode(image), other.Encode(image));
            OfPoints(decoder, first, second, points, best);
            OfEverything(opened, masks, first, second, name, everything);
        }

        Say($"{PointsPerSide * PointsPerSide} points an image, three masks each", points);
        Say("the best of the three by float32's predicted IoU", best);
        Say("segmenting everything, the likest mask", everything);
    }

    private static void OfPoints(Sam2PromptDecoder decoder, EncodedImage first, EncodedImage second, List<double> all, List<double> best)
    {
        for (var row = 0; row < PointsPerSide; row++)
        {
            var y = (row + 0.5f) / PointsPerSide * first.ImageSize.Height;
            var prompts = Enumerable.Range(0, PointsPerSide)
                .Select(column => Sam2Prompt.FromPoint((column + 0.5f) / PointsPerSide * first.ImageSize.Width, y))
                .ToArray();
            var expected = decoder.Segment(first, prompts, MaskOutput.Multimask);
            var found = decoder.Segment(second, prompts, MaskOutput.Multimask);
            var ious = expected.Zip(found, (one, other) => MaskOverlap.Iou(one.Segmentation, other.Segmentation)).ToArray();
            all.AddRange(ious);
            for (var i = 0; i < ious.Length; i += 3)
            {
                var likeliest = Enumerable.Range(i, 3).MaxBy(index => expected[index].PredictedIou);
                best.Add(ious[likeliest]);
            }
        }
    }

    private void OfEverything(
        OpenedSam2Model opened, IMaskDecoder masks, EncodedImage first, EncodedImage second, string name, List<double> ious)
    {
        using var generator = new AutomaticMaskGenerator(
            opened.Config, (_, _) => first, masks, Sam2Model.Nano.RecommendedThresholds, new AutomaticMaskGenerationOptions
            {
                PointsPerSide = BenchmarkScale.IsDryRun ? 2 : AutomaticMaskGenerationOptions.Defaults.PointsPerSide,
            });
        var (expected, found) = (generator.Generate(first), generator.Generate(second));
        Console.Error.WriteLine($"{name}: {expected.Count} masks with float32, {found.Count} with {PrecisionName}");
        ious.AddRange(expected.Select(mask => found.Count == 0
            ? 0
            : found.Max(other => MaskOverlap.Iou(mask.Segmentation, other.Segmentation))));
    }

    private static void Say(string what, List<double> ious)
    {
        var sorted = ious.Order().ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {what} | {sorted.Length} | {Median(sorted):0.000} | {sorted.DefaultIfEmpty().Average():0.000} | "
            + $"{sorted.ElementAtOrDefault(sorted.Length / 10):0.000} | "
            + $"{100.0 * sorted.Count(iou => iou >= 0.9) / Math.Max(1, sorted.Length):0} % |"));
    }

    private static Sam2ImageEncoder Encoder(Sam2ModelConfig config, Checkpoints.ICheckpoint weights, EncoderPrecision precision) =>
        new(config, weights, precision: precision);

    private static double Difference(EncodedImage exact, EncodedImage other)
    {
        var first = exact.ImageEmbedding.Span;
        var second = other.ImageEmbedding.Span;
        var (difference, total) = (0d, 0d);
        for (var i = 0; i < first.Length; i++)
        {
            difference += Math.Pow(first[i] - second[i], 2);
            total += Math.Pow(first[i], 2);
        }

        return Math.Sqrt(difference / total);
    }

    private static double Seconds(Sam2ImageEncoder encoder, RgbImage image)
    {
        var start = Stopwatch.GetTimestamp();
        encoder.Encode(image);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAtOrDefault(values.Count / 2);

    private static string PathOf(string image) => Path.Combine(AppContext.BaseDirectory, image);
}
