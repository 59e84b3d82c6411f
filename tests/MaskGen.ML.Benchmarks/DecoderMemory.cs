using System.Diagnostics;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Benchmarks;

/// <summary>Peak memory of segmenting everything, each measurement in a process of its own.</summary>
internal static class DecoderMemory
{
    public const string Command = "decoder-memory";

    /// <summary>Figures of the official settings; formula weights predict an IoU of about 0.3, so that is where the cut is made.</summary>
    private const float PredictedIouThreshold = 0.3f;

    /// <summary>Starts this program again for each number of points, and prints what it needed.</summary>
    public static void Report()
    {
        foreach (var pointsPerSide in new[] { 16, 32 })
        {
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Command, $"{pointsPerSide}"]) { RedirectStandardOutput = true })!;
            Console.Write(child.StandardOutput.ReadToEnd());
            child.WaitForExit();
        }
    }

    static void P(string w) { using var p = Process.GetCurrentProcess(); Console.WriteLine($"{w}: rss {p.WorkingSet64/1e6:F0} peak {p.PeakWorkingSet64/1e6:F0} gc {GC.GetTotalMemory(false)/1e6:F0} committed {GC.GetGCMemoryInfo().TotalCommittedBytes/1e6:F0}"); }
    /// <summary>Segments everything in one picture on tiny geometry, and prints the peak of this process's memory.</summary>
    public static void Run(int pointsPerSide)
    {
        var config = new Sam2ModelConfig();
        using var weights = DecoderBenchmark.FormulaWeights(config);
        using var encoder = new Sam2ImageEncoder(config, weights);
        P("encoder"); using var decoder = new FusedMaskDecoder(weights, config);
        P("decoder"); { var im = RgbImage.Load(DecoderBenchmark.Picture); var e = encoder.Encode(im, default); P("encode"); using var pr = decoder.Prepare(e); P("prepare"); }
        var options = new AutomaticMaskGenerationOptions { PointsPerSide = pointsPerSide, PredictedIouThreshold = PredictedIouThreshold };
        using var generator = new AutomaticMaskGenerator(config, encoder.Encode, decoder, Sam2Model.Nano.RecommendedThresholds, options);
        var start = Stopwatch.GetTimestamp();
        var masks = generator.Generate(RgbImage.Load(DecoderBenchmark.Picture));
        P("end"); using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            $"everything on tiny geometry, {pointsPerSide * pointsPerSide} points: peak memory {process.PeakWorkingSet64 / 1e6:F0} MB (bar 1200), "
            + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {masks.Count} masks");
    }
}
