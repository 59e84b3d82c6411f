using System.Diagnostics;
using System.Globalization;
using MaskGen.ML.Inference;
using MaskGen.ML.Models;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Benchmarks;

/// <summary>The table of docs/models.md: <c>MaskGen.ML.Benchmarks models [RUNS]</c>. The official architectures with formula weights, and
/// nano. Each figure comes from processes that do nothing else; of the times the shortest counts, of the memory the most.</summary>
internal static class ModelsBenchmark
{
    private static readonly int Rounds = BenchmarkScale.Times(3);
    private static readonly int PointsPerSide = BenchmarkScale.IsDryRun ? 2 : AutomaticMaskGenerationOptions.Defaults.PointsPerSide;
    private static readonly ImageSize Size = BenchmarkScale.IsDryRun ? new ImageSize(180, 120) : new ImageSize(1800, 1200);

    public static void Run(string[] args)
    {
        var runs = args is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : BenchmarkScale.Times(3);
        var threads = Environment.ProcessorCount;
        Console.WriteLine($"{Size} image, {PointsPerSide * PointsPerSide} points, {threads} threads, best of {runs} processes each\n");
        Console.WriteLine(
            "| model | parameters | of them for images | published file | float32 weights in memory | encode | click | "
            + $"{PointsPerSide * PointsPerSide:N0} points, a third passing | peak memory |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var (size, config) in BenchmarkScale.IsDryRun
            ? [new("dry", BenchmarkScale.Config)]
            : OfficialArchitectures.BySize.ToArray())
        {
            var folder = Directory.CreateTempSubdirectory("maskgen-models-");
            try
            {
                var path = Path.Combine(folder.FullName, "model.safetensors");
                LoadingBenchmark.WriteModel(path, config);
                var published = Sam2OfficialModel.All.FirstOrDefault(model => model.Size == size)?.MillionParameters ?? 0;

                // The published files hold float32.
                Row(size.Replace('_', '-'), published, 4 * published, path, runs);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }

        // Inside the package, as float16.
        var nano = Sam2Model.Nano.Describe().ParameterCount / 1e6;
        Row("nano", nano, 2 * nano, "nano", runs);
    }

    /// <summary>What one process finds: <c>models times|memory MODEL [THRESHOLD]</c>.</summary>
    public static void RunChild(string what, string path, string[] rest)
    {
        var model = Sam2Model.FromNameOrPath(path);
        double[] found = what == "times" ? Times(model) : [PeakMemory(model, float.Parse(rest[0], CultureInfo.InvariantCulture))];
        Console.WriteLine(string.Join(' ', found.Select(number => number.ToString("R", CultureInfo.InvariantCulture))));
    }

    private static void Row(string name, double millionParameters, double publishedMegabytes, string path, int runs)
    {
        var times = Enumerable.Range(0, runs).Select(_ => Child("times", path)).ToArray();
        var threshold = times[0][3].ToString("R", CultureInfo.InvariantCulture);
        var memory = Enumerable.Range(0, runs).Max(_ => Child("memory", path, threshold)[0]);
        var parameters = Sam2Model.FromNameOrPath(path).Describe().ParameterCount / 1e6;
        double Best(int figure) => times.Min(run => run[figure]);
        Console.WriteLine(
            $"| {name} | {millionParameters:0.0} M | {parameters:0.0} M | {publishedMegabytes:0} MB | {4 * parameters:0} MB | "
            + $"{Best(0):0.00} s | {1e3 * Best(1):0.0} ms | {Best(2):0.0} s | {memory / 1e6:0} MB |");
    }

    private static double[] Child(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, BenchmarkScale.ChildArguments(["models", .. arguments]))
        {
            RedirectStandardOutput = true,
        };
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? [.. output.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"{string.Join(' ', arguments)}: exit code {child.ExitCode}.");
    }

    // Seconds to encode, per click and to segment everything from the embedding, and the threshold that a third of the masks passes.
    private static double[] Times(Sam2Model model)
    {
        using var opened = model.Open();
        using var encoder = new Sam2ImageEncoder(opened.Config, opened.Weights);
        using var maskDecoder = Sam2PromptDecoder.CreateMaskDecoder(opened.Config, opened.Weights, null);
        var image = EverythingBenchmark.Image(Size);
        var encoded = encoder.Encode(image);
        var encode = Shortest(() => encoder.Encode(image));

        // A click gives three masks of the size of the image. What all prompts on an image share is prepared by the first of them.
        using var decoder = new Sam2PromptDecoder(opened.Config, maskDecoder);
        Sam2Prompt[] prompt = [Sam2Prompt.FromPoint(Size.Width / 2, Size.Height / 2)];
        decoder.Segment(encoded, prompt, MaskOutput.Multimask);
        var click = Shortest(() => decoder.Segment(encoded, prompt, MaskOutput.Multimask));

        var threshold = ThresholdOfAThird(opened.Config, maskDecoder, encoded);
        using var generator = new AutomaticMaskGenerator(
            opened.Config, encoder.Encode, maskDecoder, RecommendedThresholds.Official, Options(threshold));
        var everything = Shortest(() => generator.Generate(encoded));
        return [encode, click, everything, threshold];
    }

    private static double PeakMemory(Sam2Model model, float threshold)
    {
        using var generator = new AutomaticMaskGenerator(Options(threshold) with { Model = model });
        generator.Generate(EverythingBenchmark.Image(Size));
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    // All that pass the predicted IoU are brought to the size of the image and measured, whatever comes after.
    private static AutomaticMaskGenerationOptions Options(float threshold) => new()
    {
        PointsPerSide = PointsPerSide,
        PredictedIouThreshold = threshold,
        StabilityScoreThreshold = 0.5f,
    };

    private static float ThresholdOfAThird(Sam2ModelConfig config, IMaskDecoder decoder, EncodedImage encoded)
    {
        using var prepared = decoder.Prepare(encoded);
        var iou = new List<float>();
        for (var row = 0; row < PointsPerSide; row++)
        {
            var points = Enumerable.Range(0, PointsPerSide).Select(column => At(column, row)).ToArray();
            using var batch = decoder.Decode(prepared, Batch(points), CancellationToken.None);
            iou.AddRange(DecoderComparison.MultimaskIou(batch));
        }

        return iou.Order().ElementAt(iou.Count * 2 / 3);

        (float X, float Y) At(int column, int row) =>
            ((column + 0.5f) / PointsPerSide * config.ImageSize, (row + 0.5f) / PointsPerSide * config.ImageSize);
    }

    // A point and the padding point that follows every prompt.
    private static PromptBatch Batch((float X, float Y)[] points) => new(
        2,
        points.SelectMany(point => new[] { point.X, point.Y, 0, 0 }).ToArray(),
        points.SelectMany(_ => new[] { PromptTokenLabel.Foreground, PromptTokenLabel.Padding }).ToArray(),
        default);

    private static double Shortest(Action action) => Enumerable.Range(0, Rounds).Min(_ =>
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    });
}
