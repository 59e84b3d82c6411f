using System.Diagnostics;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;
using MaskGen.ML.Tests;

namespace MaskGen.ML.Benchmarks;

/// <summary>What loading costs beyond what cannot be saved: tiny geometry from a safetensors file, <c>MaskGen.ML.Benchmarks loading</c>.</summary>
internal static class LoadingBenchmark
{
    private const int Rounds = 7;

    public static void Run()
    {
        var config = new Sam2ModelConfig();
        var folder = Directory.CreateTempSubdirectory("maskgen-loading-");
        var path = Path.Combine(folder.FullName, "model.safetensors");
        try
        {
            using (var formula = DecoderBenchmark.FormulaWeights(config))
            using (var stream = File.Create(path))
            {
                CheckpointFile.Write(stream, formula);
            }

            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["loading", path]))!;
            child.WaitForExit();
            Load(path, RgbImage.Load(DecoderBenchmark.Picture)); // compiles everything that is timed
            Compare(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Says what one load holds, in a process that has done nothing else.</summary>
    public static void ReportMemory(string path)
    {
        // The runtime and its libraries are not what loading costs.
        using (new AutomaticMaskGenerator())
        {
        }

        var before = Memory().Now;
        using var generator = new AutomaticMaskGenerator(new AutomaticMaskGenerationOptions { Model = Sam2Model.FromFile(path) });
        var (now, peak) = Memory();
        var megabytes = new FileInfo(path).Length / 1e6;
        Console.WriteLine(
            $"weights {megabytes:0} MB; while loading at most {peak - before:0} MB more than before ({(peak - before) / megabytes:0.00} of the weights), "
            + $"{now - before:0} MB when ready, with what is mapped of the file");
    }

    private static void Compare(string path)
    {
        var image = RgbImage.Load(DecoderBenchmark.Picture);
        Compare("to an encoder and a decoder that are ready", () => Load(path), () => ReadAndBuild(path));
        Compare("to the first mask", () => Load(path, image), () => ReadAndBuild(path, image));
    }

    private static void Compare(string until, Action load, Action readAndBuild)
    {
        var (loading, floor) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            loading[round] = Milliseconds(load);
            floor[round] = Milliseconds(readAndBuild);
        }

        var (ours, least) = (loading.Order().ElementAt(Rounds / 2), floor.Order().ElementAt(Rounds / 2));
        Console.WriteLine($"from the path {until}: {ours:0} ms; with the file read and the sessions built from what is known to be right: {least:0} ms; {ours / least:0.00} times");
    }

    private static void Load(string path, RgbImage? image = null)
    {
        var model = Sam2Model.FromFile(path);
        using var encoder = new Sam2ImageEncoder(model);
        using var decoder = new Sam2PromptDecoder(model);
        Segment(encoder, decoder, image);
    }

    // The floor: the bytes from the file into memory once, and encoder and decoder from weights that are known to be right.
    private static void ReadAndBuild(string path, RgbImage? image = null)
    {
        using var stream = File.OpenRead(path);
        using var weights = SafetensorsReader.Read(stream, path);
        var config = new Sam2ModelConfig();
        using var encoder = new Sam2ImageEncoder(config, weights);
        using var decoder = new Sam2PromptDecoder(config, weights);
        Segment(encoder, decoder, image);
    }

    private static void Segment(Sam2ImageEncoder encoder, Sam2PromptDecoder decoder, RgbImage? image)
    {
        if (image is not null)
        {
            decoder.Segment(encoder.Encode(image), [Sam2Prompt.FromPoint(image.Size.Width / 2, image.Size.Height / 2)], MaskOutput.Single);
        }
    }

    private static (double Now, double Peak) Memory()
    {
        using var process = Process.GetCurrentProcess();
        return (process.WorkingSet64 / 1e6, process.PeakWorkingSet64 / 1e6);
    }

    private static double Milliseconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalMilliseconds;
    }
}
